// The second half sweep of the preconditioner: z = (r + sum of z over the red neighbours) / degree in the
// black voxels (z + y + x odd).
//
// r, z: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; degree: uint8, likewise.
// One thread a pair of neighbours along x. Volumes whose state is not 1 need no more.

extern "C" __global__ void relax_black(
    int threads, int nz, int ny, int nx, const signed char* state, const unsigned char* degree, const float* r, float*
    z)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int pairs = (nx + 1) / 2, total = nz * ny * pairs;
    for (int v = thread; v < total; v += threads) {
        const int y = v / pairs % ny, k = v / pairs / ny;
        const int x = 2 * (v % pairs) + (k + y + 1) % 2;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        if (x >= nx || degree[i] == 0) continue;
        const float around = z[i - plane] + z[i + plane] + z[i - row] + z[i + row] + z[i - 1] + z[i + 1];
        z[i] = (r[i] + around) / (float)degree[i];
    }
}
