// The matrix of the last level: the sum of its conductances for each cell, less that between each two.
//
// across, down, along: float32[batch, nz + 2, ny + 2, nx + 2], conductance from a cell to the next along z, y, x;
// matrix: float64[batch, n, n], n = nz ny nx. Cells that nothing joins get 1, so that it can be inverted.
// Axes that wrap are periodic; where all of the volume hangs on nothing else, ground is a share that is added to the diagonal.

extern "C" __global__ void matrix(
    int threads, int nz, int ny, int nx, int wraps_z, int wraps_y, int wraps_x, double ground, const float* across, const
    float* down, const float* along, double* matrix)
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
        const int there_x = b % nx, there_y = b / nx % ny, there_z = b / nx / ny;
        double value = 0.0;
        if (a == b) {
            value = (double)across[i - plane] + across[i] + down[i - row] + down[i] + along[i - 1] + along[i];
            if (!(value > 0.0)) value = 1.0;
            value += ground * value;
        } else if (there_y == y && there_x == x) {
            if (there_z == z - 1 || (wraps_z && z == 0 && there_z == nz - 1)) value -= across[i - plane];
            if (there_z == z + 1 || (wraps_z && z == nz - 1 && there_z == 0)) value -= across[i];
        } else if (there_z == z && there_x == x) {
            if (there_y == y - 1 || (wraps_y && y == 0 && there_y == ny - 1)) value -= down[i - row];
            if (there_y == y + 1 || (wraps_y && y == ny - 1 && there_y == 0)) value -= down[i];
        } else if (there_z == z && there_y == y) {
            if (there_x == x - 1 || (wraps_x && x == 0 && there_x == nx - 1)) value -= along[i - 1];
            if (there_x == x + 1 || (wraps_x && x == nx - 1 && there_x == 0)) value -= along[i];
        }
        matrix[(long long)volume * cells * cells + entry] = value;
    }
}
