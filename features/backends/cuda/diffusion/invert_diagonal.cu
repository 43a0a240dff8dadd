// One over the sum of the conductances of each cell; 0 where nothing conducts.
//
// across, down, along: float32[batch, nz + 2, ny + 2, nx + 2], conductance from a cell to the next along z, y, x;
// inverse: float32, likewise.

extern "C" __global__ void invert_diagonal(
    int threads, int nz, int ny, int nx, const float* across, const float* down, const float* along, float* inverse)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    for (int c = thread; c < cells; c += threads) {
        const int x = c % nx, y = c / nx % ny, z = c / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        const float total = across[i - plane] + across[i] + down[i - row] + down[i] + along[i - 1] + along[i];
        inverse[i] = total > 0.0f ? 1.0f / total : 0.0f;
    }
}
