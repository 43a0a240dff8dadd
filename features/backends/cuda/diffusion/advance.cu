// A step of conjugate gradients and the first half sweep of the preconditioner, in one pass:
// u += alpha p, r -= alpha q, and z = r / degree in the red voxels (z + y + x even).
//
// u, p, q, r, z: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; degree: uint8, likewise.
// alpha: float64[batch]. Volumes whose state is 0 have stopped.

extern "C" __global__ void advance(
    int threads, int nz, int ny, int nx, const signed char* state, const double* alpha, const unsigned char* degree,
    const float* p, const float* q, float* u, float* r, float* z)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] == 0) return;
    const float step = (float)alpha[volume];
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int voxels = nz * ny * nx;
    for (int v = thread; v < voxels; v += threads) {
        const int x = v % nx, y = v / nx % ny, k = v / nx / ny;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        const int faces = degree[i];
        if (faces == 0) continue;
        u[i] += step * p[i];
        const float rest = r[i] - step * q[i];
        r[i] = rest;
        if ((k + y + x) % 2 == 0) z[i] = rest / (float)faces;
    }
}
