// Conductances between aggregates of 2 x 2 x 2 voxels: the sum over the faces that they share, times 0.5.
//
// Potentials that are constant in an aggregate resist twice as much as they should, since the distance doubles;
// the factor is what makes corrections by plain aggregates work (Braess 1995, Computing 55, 379-393).
// degree: uint8[batch, nz + 2, ny + 2, nx + 2], 0 where nothing conducts; across, down, along:
// float32[batch, mz + 2, my + 2, mx + 2] with m = (n + 1) / 2, conductance from a cell to the next along z, y, x. The
// outer faces of axis z, 2 for a voxel, are joined to the cells of the padding, whose potential is 0.

extern "C" __global__ void aggregate_voxels(
    int threads, int nz, int ny, int nx, const unsigned char* degree, float* across, float* down, float* along)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const unsigned char* grid = degree + (long long)volume * plane * (nz + 2);
    const int mz = (nz + 1) / 2, my = (ny + 1) / 2, mx = (nx + 1) / 2;
    const long long coarse = (long long)volume * (mz + 2) * (my + 2) * (mx + 2);
    // cells from 0, which is padding: its faces towards cell 1 are the inlet
    const int cells = (mz + 1) * (my + 1) * (mx + 1);
    for (int c = thread; c < cells; c += threads) {
        const int cx = c % (mx + 1), cy = c / (mx + 1) % (my + 1), cz = c / (mx + 1) / (my + 1);
        const long long out = coarse + (cz * (my + 2) + cy) * (mx + 2) + cx;
        float across_sum = 0.0f, down_sum = 0.0f, along_sum = 0.0f;
        for (int child = 0; child < 4; child++) {
            const int a = child / 2, b = child % 2;
            const int z = 2 * cz - 1 + a, y = 2 * cy - 1 + a, yb = 2 * cy - 1 + b, x = 2 * cx - 1 + b;
            if (cy > 0 && cx > 0 && y <= ny && x <= nx) {
                // the last face is the outlet, also where a plane is left over
                const int below = 2 * cz < nz ? 2 * cz : nz;
                const int i = below * plane + y * row + x;
                const int here = grid[i] != 0, there = grid[i + plane] != 0;
                if (below == 0 || below == nz) across_sum += 2.0f * (float)(here | there);
                else across_sum += (float)(here & there);
            }
            if (cz > 0 && cx > 0 && cy > 0 && z <= nz && x <= nx && 2 * cy < ny) {
                const int i = z * plane + 2 * cy * row + x;
                down_sum += (float)(grid[i] != 0 && grid[i + row] != 0);
            }
            if (cz > 0 && cy > 0 && cx > 0 && z <= nz && yb <= ny && 2 * cx < nx) {
                const int i = z * plane + yb * row + 2 * cx;
                along_sum += (float)(grid[i] != 0 && grid[i + 1] != 0);
            }
        }
        across[out] = 0.5f * across_sum;
        down[out] = 0.5f * down_sum;
        along[out] = 0.5f * along_sum;
    }
}
