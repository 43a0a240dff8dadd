// The net flow into each cell of unequal conductance under a potential: what conjugate gradients start from.
//
// potential: float32[batch, nz + 2, ny + 2, nx + 2], the deviation from the profile that falls by 1 from plane to plane,
// with copies beyond periodic sides and zeros else; across, down, along, r: likewise. wraps_z: whether the profile goes on
// from the last plane to the first; pz: planes of voxels, one less than nz where a plane lies between those two, half as
// far from either. Differences of neighbouring potentials are taken first, as they are exact in float32.

// How much the profile falls through the face before plane k of the padded grid.
__device__ float drop_before(int k, int nz, int pz, int wraps_z)
{
    if (wraps_z) return nz > pz && (k == 0 || k >= pz) ? 0.5f : 1.0f;
    return k == 0 || k == nz ? 0.5f : 1.0f;
}

extern "C" __global__ void inflow_cells(
    int threads, int nz, int ny, int nx, int pz, int wraps_z, const signed char* state, const float* across, const
    float* down, const float* along, const float* potential, float* r)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] == 0) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    for (int c = thread; c < cells; c += threads) {
        const int x = c % nx, y = c / nx % ny, k = c / nx / ny;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        const float here = potential[i];
        r[i] = across[i - plane] * (potential[i - plane] - here + drop_before(k, nz, pz, wraps_z))
            + across[i] * (potential[i + plane] - here - drop_before(k + 1, nz, pz, wraps_z))
            + down[i - row] * (potential[i - row] - here) + down[i] * (potential[i + row] - here)
            + along[i - 1] * (potential[i - 1] - here) + along[i] * (potential[i + 1] - here);
    }
}
