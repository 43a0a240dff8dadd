// The next direction of conjugate gradients and what the operator makes of it, in one pass:
// p = z + beta before, q = A p; partial[thread] = its share of p . q.
//
// z, before, p, q: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; degree: uint8, likewise. p is computed
// anew for each neighbour, so it must not share memory with before. beta: float64[batch];
// partial: float64[batch, threads a volume], summed in a fixed order by fold.

extern "C" __global__ void direct(
    int threads, int nz, int ny, int nx, const signed char* state, const double* beta, const unsigned char* degree,
    const float* z, const float* before, float* p, float* q, double* partial)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const float weight = (float)beta[volume];
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int voxels = nz * ny * nx;
    double product = 0.0;
    for (int v = thread; v < voxels; v += threads) {
        const int x = v % nx, y = v / nx % ny, k = v / nx / ny;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        if (degree[i] == 0) continue;
        const float here = z[i] + weight * before[i];
        const float around = (z[i - plane] + weight * before[i - plane]) + (z[i + plane] + weight * before[i + plane])
            + (z[i - row] + weight * before[i - row]) + (z[i + row] + weight * before[i + row])
            + (z[i - 1] + weight * before[i - 1]) + (z[i + 1] + weight * before[i + 1]);
        const float value = (float)degree[i] * here - around;
        p[i] = here;
        q[i] = value;
        product += (double)here * (double)value;
    }
    partial[(long long)volume * threads + thread] = product;
}
