// The last half sweep of the preconditioner and the product that conjugate gradients need of it:
// z = (r + sum of z over the black neighbours) / degree in the red voxels; partial[thread] = its share of r . z.
//
// r, z: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; degree: uint8, likewise;
// partial: float64[batch, threads a volume], summed in a fixed order by fold. One thread pairs of neighbours along x.

extern "C" __global__ void relax_red(
    int threads, int nz, int ny, int nx, const signed char* state, const unsigned char* degree, const float* r, float*
    z, double* partial)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int pairs = (nx + 1) / 2, total = nz * ny * pairs;
    double product = 0.0;
    for (int v = thread; v < total; v += threads) {
        const int y = v / pairs % ny, k = v / pairs / ny;
        const int first = 2 * (v % pairs), odd = (k + y) % 2;
        const long long i = start + (k + 1) * plane + (y + 1) * row + first + 1;
        if (first + odd < nx && degree[i + odd]) {
            const long long j = i + odd;
            const float around = z[j - plane] + z[j + plane] + z[j - row] + z[j + row] + z[j - 1] + z[j + 1];
            const float value = (r[j] + around) / (float)degree[j];
            z[j] = value;
            product += (double)r[j] * (double)value;
        }
        const long long j = i + 1 - odd;
        if (first + 1 - odd < nx && degree[j]) product += (double)r[j] * (double)z[j];
    }
    partial[(long long)volume * threads + thread] = product;
}
