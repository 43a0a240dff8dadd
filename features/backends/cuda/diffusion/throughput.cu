// Half the sum of the absolute flows through the faces of each voxel: what enters it and leaves it.
//
// potential: float32[batch, nz + 2, ny + 2, nx + 2], the deviation from the profile that falls by 1 from plane to plane,
// padded with zeros; degree: uint8, likewise, 0 in the solid; out: float32[batch, nz, ny, nx].

__device__ float flow_between(
    const unsigned char* degree, const float* potential, long long there, float here, float drop)
{
    return degree[there] ? fabsf(here - potential[there] + drop) : 0.0f;
}

extern "C" __global__ void throughput(
    int threads, int nz, int ny, int nx, const unsigned char* degree, const float* potential, float* out)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int voxels = nz * ny * nx;
    for (int v = thread; v < voxels; v += threads) {
        const int x = v % nx, y = v / nx % ny, z = v / nx / ny;
        const long long i = start + (z + 1) * plane + (y + 1) * row + x + 1;
        float total = 0.0f;
        if (degree[i]) {
            const float here = potential[i];
            total += z == 0 ? fabsf(1.0f - 2.0f * here) : flow_between(degree, potential, i - plane, here, -1.0f);
            total += z == nz - 1 ? fabsf(1.0f + 2.0f * here) : flow_between(degree, potential, i + plane, here, 1.0f);
            total += flow_between(degree, potential, i - row, here, 0.0f);
            total += flow_between(degree, potential, i + row, here, 0.0f);
            total += flow_between(degree, potential, i - 1, here, 0.0f);
            total += flow_between(degree, potential, i + 1, here, 0.0f);
        }
        out[(long long)volume * voxels + v] = 0.5f * total;
    }
}
