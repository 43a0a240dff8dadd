// The residual after the first sweep, summed over aggregates of 2 x 2 x 2 voxels: the source of the coarse levels.
//
// Black voxels were relaxed last and have no residual; that of a red one is the sum of its black neighbours.
// z: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; degree: uint8, likewise;
// source: float32[batch, mz + 2, my + 2, mx + 2] with m = (n + 1) / 2. One thread an aggregate.

extern "C" __global__ void restrict_residual(
    int threads, int nz, int ny, int nx, const signed char* state, const unsigned char* degree, const float* z, float*
    source)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int mz = (nz + 1) / 2, my = (ny + 1) / 2, mx = (nx + 1) / 2;
    const long long coarse = (long long)volume * (mz + 2) * (my + 2) * (mx + 2);
    const int cells = mz * my * mx;
    for (int c = thread; c < cells; c += threads) {
        const int cx = c % mx, cy = c / mx % my, cz = c / mx / my;
        float sum = 0.0f;
        for (int child = 0; child < 8; child++) {
            const int k = 2 * cz + child / 4, y = 2 * cy + child / 2 % 2, x = 2 * cx + child % 2;
            if ((k + y + x) % 2 == 1 || k >= nz || y >= ny || x >= nx) continue;
            const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
            if (degree[i] == 0) continue;
            sum += z[i - plane] + z[i + plane] + z[i - row] + z[i + row] + z[i - 1] + z[i + 1];
        }
        source[coarse + ((cz + 1) * (my + 2) + cy + 1) * (mx + 2) + cx + 1] = sum;
    }
}
