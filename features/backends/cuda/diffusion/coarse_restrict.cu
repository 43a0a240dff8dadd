// The residual of a coarse level, summed over aggregates of 2 x 2 x 2 cells: the source of the next level.
//
// Black cells were relaxed last and have no residual. All arrays: float32[batch, nz + 2, ny + 2, nx + 2], padded with
// zeros, but next: float32[batch, mz + 2, my + 2, mx + 2] with m = (n + 1) / 2, or longer: coarse_* are its lengths. One thread an aggregate.

extern "C" __global__ void coarse_restrict(
    int threads, int nz, int ny, int nx, int coarse_nz, int coarse_ny, int coarse_nx, const signed char* state, const float* across, const float* down, const
    float* along, const float* source, const float* x, float* next)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int mz = (nz + 1) / 2, my = (ny + 1) / 2, mx = (nx + 1) / 2;
    const long long coarse = (long long)volume * (coarse_nz + 2) * (coarse_ny + 2) * (coarse_nx + 2);
    const int cells = mz * my * mx;
    for (int c = thread; c < cells; c += threads) {
        const int cx = c % mx, cy = c / mx % my, cz = c / mx / my;
        float sum = 0.0f;
        for (int child = 0; child < 8; child++) {
            const int i_z = 2 * cz + child / 4, i_y = 2 * cy + child / 2 % 2, i_x = 2 * cx + child % 2;
            if ((i_z + i_y + i_x) % 2 == 1 || i_z >= nz || i_y >= ny || i_x >= nx) continue;
            const long long i = start + (i_z + 1) * plane + (i_y + 1) * row + i_x + 1;
            const float here = x[i];
            sum += source[i] + across[i - plane] * (x[i - plane] - here) + across[i] * (x[i + plane] - here)
                + down[i - row] * (x[i - row] - here) + down[i] * (x[i + row] - here)
                + along[i - 1] * (x[i - 1] - here) + along[i] * (x[i + 1] - here);
        }
        next[coarse + ((cz + 1) * (coarse_ny + 2) + cy + 1) * (coarse_nx + 2) + cx + 1] = sum;
    }
}
