// Conducting faces of each voxel, 2 for an outer face of axis z; 0 in the solid and in the padding.
//
// grid, degree: uint8[batch, nz + 2, ny + 2, nx + 2], padded with zeros; grid is 1 where a voxel conducts.
// Each volume has `threads` threads, which share its voxels.

extern "C" __global__ void degree(int threads, int nz, int ny, int nx, const unsigned char* grid, unsigned char* degree)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int voxels = nz * ny * nx;
    for (int v = thread; v < voxels; v += threads) {
        const int x = v % nx, y = v / nx % ny, z = v / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        const int ends = 2 * ((z == 0) + (z == nz - 1));
        const int faces = grid[i - plane] + grid[i + plane] + grid[i - row] + grid[i + row] + grid[i - 1] + grid[i + 1];
        degree[i] = (unsigned char)(grid[i] ? faces + ends : 0);
    }
}
