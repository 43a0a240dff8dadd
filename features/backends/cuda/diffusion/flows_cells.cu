// The flow through cells under a potential: along each axis the mean of that through the two faces across it, and
// half the sum of the absolute flows through all faces, which is what enters a voxel and leaves it.
//
// potential, across, down, along, pz and wraps_z as in inflow_cells; out: float32[batch, 4, pz, py, px], along z, y, x
// and through the voxel.

// How much the profile falls through the face before plane k of the padded grid.
__device__ float drop_before(int k, int nz, int pz, int wraps_z)
{
    if (wraps_z) return nz > pz && (k == 0 || k >= pz) ? 0.5f : 1.0f;
    return k == 0 || k == nz ? 0.5f : 1.0f;
}

extern "C" __global__ void flows_cells(
    int threads, int nz, int ny, int nx, int pz, int py, int px, int wraps_z, const float* across, const float* down,
    const float* along, const float* potential, float* out)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int voxels = pz * py * px;
    for (int v = thread; v < voxels; v += threads) {
        const int x = v % px, y = v / px % py, k = v / px / py;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        const float here = potential[i];
        const float before = across[i - plane] * (potential[i - plane] - here + drop_before(k, nz, pz, wraps_z));
        const float after = across[i] * (here - potential[i + plane] + drop_before(k + 1, nz, pz, wraps_z));
        const float above = down[i - row] * (potential[i - row] - here), below = down[i] * (here - potential[i + row]);
        const float left = along[i - 1] * (potential[i - 1] - here), right = along[i] * (here - potential[i + 1]);
        float* const of = out + (long long)volume * 4 * voxels + v;
        of[0] = 0.5f * (before + after);
        of[voxels] = 0.5f * (above + below);
        of[2LL * voxels] = 0.5f * (left + right);
        of[3LL * voxels]
            = 0.5f * (fabsf(before) + fabsf(after) + fabsf(above) + fabsf(below) + fabsf(left) + fabsf(right));
    }
}
