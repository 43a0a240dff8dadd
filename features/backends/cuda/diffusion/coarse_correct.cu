// The correction of the next level and a half sweep, in one pass: black cells take (source + sum of conductance
// times x and its aggregate's correction over their neighbours) / diagonal.
//
// The red cells are relaxed next, from black ones alone, so they need not be corrected themselves. All arrays:
// float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros, but correction: float32[batch, mz + 2, my + 2, mx + 2] with
// m = (n + 1) / 2, or longer: coarse_* are its lengths. wraps_z: whether z is periodic.

extern "C" __global__ void coarse_correct(
    int threads, int nz, int ny, int nx, int coarse_nz, int coarse_ny, int coarse_nx, int wraps_z, const signed char* state, const float* across, const float* down, const
    float* along, const float* inverse, const float* source, const float* correction, float* x)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int coarse_row = coarse_nx + 2, coarse_plane = coarse_row * (coarse_ny + 2);
    const float* above = correction + (long long)volume * coarse_plane * (coarse_nz + 2);
    const int pairs = (nx + 1) / 2, total = nz * ny * pairs;
    for (int c = thread; c < total; c += threads) {
        const int i_y = c / pairs % ny, i_z = c / pairs / ny;
        const int i_x = 2 * (c % pairs) + (i_z + i_y + 1) % 2;
        if (i_x >= nx) continue;
        const long long i = start + (i_z + 1) * plane + (i_y + 1) * row + i_x + 1;
        // places count from 1 in the padded arrays: cells 1 and 2 belong to aggregate 1
        const int pz = (i_z + 2) / 2 * coarse_plane, py = (i_y + 2) / 2 * coarse_row, px = (i_x + 2) / 2;
        const int before_z = (i_z + 1) / 2 * coarse_plane, after_z = (i_z + 3) / 2 * coarse_plane;
        const int before_y = (i_y + 1) / 2 * coarse_row, after_y = (i_y + 3) / 2 * coarse_row;
        const int before_x = (i_x + 1) / 2, after_x = (i_x + 3) / 2;
        // beyond the last plane is the outer face, whose potential is 0, even where the plane is left over
        const float last = i_z + 1 < nz || wraps_z ? above[after_z + py + px] : 0.0f;
        const float sum = across[i - plane] * (x[i - plane] + above[before_z + py + px])
            + across[i] * (x[i + plane] + last)
            + down[i - row] * (x[i - row] + above[pz + before_y + px])
            + down[i] * (x[i + row] + above[pz + after_y + px])
            + along[i - 1] * (x[i - 1] + above[pz + py + before_x]) + along[i] * (x[i + 1] + above[pz + py + after_x]);
        x[i] = inverse[i] * (source[i] + sum);
    }
}
