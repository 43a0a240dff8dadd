// The matrix of the last level: the sum of its conductances for each cell, less that between each two.
//
// across, down, along: float32[batch, nz + 2, ny + 2, nx + 2], conductance from a cell to the next along z, y, x;
// matrix: float64[batch, n, n], n = nz ny nx. Cells that nothing joins get 1, so that it can be inverted.

extern "C" __global__ void matrix(
    int threads, int nz, int ny, int nx, const float* across, const float* down, const float* along, double* matrix)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    for (int entry = thread; entry < cells * cells; entry += threads) {
        const int a = entry / cells, b = entry % cells;
        const int x = a % nx, y = a / nx % ny, z = a / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        const int dz = b / nx / ny - z, dy = b / nx % ny - y, dx = b % nx - x;
        double value = 0.0;
        if (a == b) {
            value = (double)across[i - plane] + across[i] + down[i - row] + down[i] + along[i - 1] + along[i];
            if (!(value > 0.0)) value = 1.0;
        } else if (dy == 0 && dx == 0 && dz * dz == 1) {
            value = -across[dz > 0 ? i : i - plane];
        } else if (dz == 0 && dx == 0 && dy * dy == 1) {
            value = -down[dy > 0 ? i : i - row];
        } else if (dz == 0 && dy == 0 && dx * dx == 1) {
            value = -along[dx > 0 ? i : i - 1];
        }
        matrix[(long long)volume * cells * cells + entry] = value;
    }
}
