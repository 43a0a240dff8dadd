// Conductances between aggregates of 2 x 2 x 2 cells: the sum over the faces that they share, times 0.5.
//
// fine_*: float32[batch, nz + 2, ny + 2, nx + 2], conductance from a cell to the next along z, y, x, of which those
// along z reach into the padding (the outer faces); across, down, along: likewise [batch, mz + 2, my + 2, mx + 2] with
// m = (n + 1) / 2, or longer: coarse_* are their lengths.

extern "C" __global__ void aggregate_cells(
    int threads, int nz, int ny, int nx, int coarse_nz, int coarse_ny, int coarse_nx, const float* fine_across, const float* fine_down, const float* fine_along,
    float* across, float* down, float* along)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int mz = (nz + 1) / 2, my = (ny + 1) / 2, mx = (nx + 1) / 2;
    const long long coarse = (long long)volume * (coarse_nz + 2) * (coarse_ny + 2) * (coarse_nx + 2);
    const int cells = (mz + 1) * (my + 1) * (mx + 1);
    for (int c = thread; c < cells; c += threads) {
        const int cx = c % (mx + 1), cy = c / (mx + 1) % (my + 1), cz = c / (mx + 1) / (my + 1);
        const long long out = coarse + (cz * (coarse_ny + 2) + cy) * (coarse_nx + 2) + cx;
        // the last face is the outlet, also where a plane is left over
        const int below = 2 * cz < nz ? 2 * cz : nz;
        float across_sum = 0.0f, down_sum = 0.0f, along_sum = 0.0f;
        for (int child = 0; child < 4; child++) {
            const int a = child / 2, b = child % 2;
            const int z = 2 * cz - 1 + a, y = 2 * cy - 1 + a, yb = 2 * cy - 1 + b, x = 2 * cx - 1 + b;
            if (cy > 0 && cx > 0 && y <= ny && x <= nx) across_sum += fine_across[start + below * plane + y * row + x];
            if (cz > 0 && cy > 0 && cx > 0 && z <= nz && x <= nx && 2 * cy <= ny)
                down_sum += fine_down[start + z * plane + 2 * cy * row + x];
            if (cz > 0 && cy > 0 && cx > 0 && z <= nz && yb <= ny && 2 * cx <= nx)
                along_sum += fine_along[start + z * plane + yb * row + 2 * cx];
        }
        across[out] = 0.5f * across_sum;
        down[out] = 0.5f * down_sum;
        along[out] = 0.5f * along_sum;
    }
}
