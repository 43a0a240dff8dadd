// Conductances of voxels of several phases: between[a, b] of two neighbours times the scale of the axis.
//
// phases: uint8[batch, pz, py, px]; between: float32[number, number]. across, down, along:
// float32[batch, nz + 2, ny + 2, nx + 2], conductance from a cell to the next along z, y, x. Where an axis is periodic
// (wraps) its length is even: where that of the phases is odd, a cell comes between the last and the first that conducts
// twice as well to either, in series as well as they did directly. What lies beyond its sides is for wrap to copy.
// The outer faces of axis z, half a voxel away, are joined to the padding where it is not periodic.

// The conductance to the next cell along an axis of a cell at `at` of `length`, whose phases are `phases` long.
__device__ float face(
    const unsigned char* phases, const float* table, int number, long long here, long long stride, int at, int length,
    int real, int wraps, float scale)
{
    if (at + 1 < real) return scale * table[phases[here] * number + phases[here + stride]];
    if (wraps == 0) return 0.0f;
    // the last voxel, or the cell that comes behind it, which is as far along
    const long long last = here - (at - real + 1) * stride, first = last - (real - 1) * stride;
    const float joined = scale * table[phases[last] * number + phases[first]];
    if (real == 1) return 0.0f;
    return length > real ? 2.0f * joined : joined;
}

extern "C" __global__ void join_cells(
    int threads, int nz, int ny, int nx, int pz, int py, int px, int number, int wraps_z, int wraps_y, int wraps_x,
    float scale_z, float scale_y, float scale_x, const unsigned char* phases, const float* between, float* across,
    float* down, float* along)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const unsigned char* grid = phases + (long long)volume * pz * py * px;
    const int cells = nz * ny * nx;
    for (int c = thread; c < cells; c += threads) {
        const int x = c % nx, y = c / nx % ny, z = c / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        const long long here = ((long long)z * py + y) * px + x;
        // a cell between the last and the first has faces along its own axis only
        const int in_z = z < pz, in_y = y < py, in_x = x < px;
        if (in_y && in_x) {
            across[i] = face(grid, between, number, here, (long long)py * px, z, nz, pz, wraps_z, scale_z);
            if (wraps_z == 0 && (z == 0 || z == nz - 1)) {
                const float end = 2.0f * scale_z * between[grid[here] * number + grid[here]];
                if (z == 0) across[i - plane] = end;
                if (z == nz - 1) across[i] = end;
            }
        }
        if (in_z && in_x) down[i] = face(grid, between, number, here, px, y, ny, py, wraps_y, scale_y);
        if (in_z && in_y) along[i] = face(grid, between, number, here, 1, x, nx, px, wraps_x, scale_x);
    }
}
