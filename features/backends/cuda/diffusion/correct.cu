// The correction of the coarse levels and the third half sweep of the preconditioner, in one pass:
// z = (r + sum over the red neighbours of z and their aggregate's correction) / degree in the black voxels.
//
// The red voxels are relaxed next, from black ones alone, so they need not be corrected themselves.
// r, z: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; degree: uint8, likewise;
// correction: float32[batch, mz + 2, my + 2, mx + 2] with m = (n + 1) / 2. One thread a pair of neighbours along x.

extern "C" __global__ void correct(
    int threads, int nz, int ny, int nx, const signed char* state, const unsigned char* degree, const float* r, const
    float* correction, float* z)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int mz = (nz + 1) / 2, my = (ny + 1) / 2, mx = (nx + 1) / 2;
    const int coarse_row = mx + 2, coarse_plane = coarse_row * (my + 2);
    const long long coarse = (long long)volume * coarse_plane * (mz + 2);
    const int pairs = (nx + 1) / 2, total = nz * ny * pairs;
    for (int v = thread; v < total; v += threads) {
        const int y = v / pairs % ny, k = v / pairs / ny;
        const int x = 2 * (v % pairs) + (k + y + 1) % 2;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        if (x >= nx || degree[i] == 0) continue;
        float sum = r[i];
        for (int face = 0; face < 6; face++) {
            const int side = face % 2 ? 1 : -1;
            const int dz = face / 2 == 0 ? side : 0, dy = face / 2 == 1 ? side : 0, dx = face / 2 == 2 ? side : 0;
            const long long there = i + dz * plane + dy * row + dx;
            if (degree[there] == 0) continue;
            // places count from 1 in the padded arrays: voxels 1 and 2 belong to aggregate 1
            const int parent = (k + dz + 2) / 2 * coarse_plane + (y + dy + 2) / 2 * coarse_row + (x + dx + 2) / 2;
            sum += z[there] + correction[coarse + parent];
        }
        z[i] = sum / (float)degree[i];
    }
}
