// The next direction of conjugate gradients over cells of unequal conductance and what the operator makes of it:
// p = z + beta before, q = A p; partial[thread] = its share of p . q.
//
// across, down, along: float32[batch, nz + 2, ny + 2, nx + 2], conductance from a cell to the next along z, y, x;
// z, before, p, q: likewise; z and before hold copies beyond periodic sides. p is computed anew for each neighbour, so it
// must not share memory with before. beta: float64[batch]; partial: float64[batch, threads a volume].

extern "C" __global__ void direct_cells(
    int threads, int nz, int ny, int nx, const signed char* state, const double* beta, const float* across, const
    float* down, const float* along, const float* z, const float* before, float* p, float* q, double* partial)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const float weight = (float)beta[volume];
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    double product = 0.0;
    for (int c = thread; c < cells; c += threads) {
        const int x = c % nx, y = c / nx % ny, k = c / nx / ny;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        const float here = z[i] + weight * before[i];
        float value = 0.0f;
        for (int face = 0; face < 6; face++) {
            const int stride = face < 2 ? plane : face < 4 ? row : 1;
            const float* faces = face < 2 ? across : face < 4 ? down : along;
            const long long there = face % 2 ? i + stride : i - stride;
            value += faces[face % 2 ? i : there] * (here - (z[there] + weight * before[there]));
        }
        p[i] = here;
        q[i] = value;
        product += (double)here * (double)value;
    }
    partial[(long long)volume * threads + thread] = product;
}
