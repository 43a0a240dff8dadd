// The net flow into each voxel under a potential: what conjugate gradients start from, and again each round.
//
// potential: float32, the deviation from the profile that falls by 1 from plane to plane; r: float32, 0 in the
// solid. Both [batch, nz + 2, ny + 2, nx + 2], padded with zeros, as is degree (uint8, 0 in the solid).
// Differences of neighbouring potentials are taken first: they are exact in float32 where the sum over
// neighbours less the potential times their number is not.

__device__ float flow_in(const unsigned char* degree, const float* potential, long long there, float here, float drop)
{
    return degree[there] ? potential[there] - here + drop : 0.0f;
}

extern "C" __global__ void inflow(
    int threads, int nz, int ny, int nx, const signed char* state, const unsigned char* degree, const float*
    potential, float* r)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] == 0) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int voxels = nz * ny * nx;
    for (int v = thread; v < voxels; v += threads) {
        const int x = v % nx, y = v / nx % ny, z = v / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        float total = 0.0f;
        if (degree[i]) {
            const float here = potential[i];
            // half a voxel to the outer face, where the profile is exact
            total += z == 0 ? 1.0f - 2.0f * here : flow_in(degree, potential, i - plane, here, 1.0f);
            total += z == nz - 1 ? -1.0f - 2.0f * here : flow_in(degree, potential, i + plane, here, -1.0f);
            total += flow_in(degree, potential, i - row, here, 0.0f);
            total += flow_in(degree, potential, i + row, here, 0.0f);
            total += flow_in(degree, potential, i - 1, here, 0.0f);
            total += flow_in(degree, potential, i + 1, here, 0.0f);
        }
        r[i] = total;
    }
}
