// A step of conjugate gradients over cells of unequal conductance: u += alpha p, r -= alpha q.
//
// u, p, q, r: float32[batch, nz + 2, ny + 2, nx + 2], padded; inverse: float32, likewise, 0 where nothing conducts.
// alpha: float64[batch]. Volumes whose state is 0 have stopped.

extern "C" __global__ void advance_cells(
    int threads, int nz, int ny, int nx, const signed char* state, const double* alpha, const float* inverse, const
    float* p, const float* q, float* u, float* r)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] == 0) return;
    const float step = (float)alpha[volume];
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    for (int c = thread; c < cells; c += threads) {
        const int x = c % nx, y = c / nx % ny, z = c / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        if (inverse[i] == 0.0f) continue;
        u[i] += step * p[i];
        r[i] -= step * q[i];
    }
}
