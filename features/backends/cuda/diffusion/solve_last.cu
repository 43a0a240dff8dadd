// The last level, by the inverse of its matrix: x = inverse source.
//
// inverse: float32[batch, n, n], symmetric, n = nz ny nx; source, x: float32[batch, nz + 2, ny + 2, nx + 2], padded with
// zeros. One thread a cell; neighbouring threads read neighbouring columns.

extern "C" __global__ void solve_last(
    int threads, int nz, int ny, int nx, const signed char* state, const float* inverse, const float* source, float* x)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    const float* matrix = inverse + (long long)volume * cells * cells;
    for (int c = thread; c < cells; c += threads) {
        float sum = 0.0f;
        int other = 0;
        for (int i_z = 1; i_z <= nz; i_z++)
            for (int i_y = 1; i_y <= ny; i_y++)
                for (int i_x = 1; i_x <= nx; i_x++, other++)
                    sum += matrix[other * cells + c] * source[start + i_z * plane + i_y * row + i_x];
        x[start + (c / nx / ny + 1) * plane + (c / nx % ny + 1) * row + c % nx + 1] = sum;
    }
}
