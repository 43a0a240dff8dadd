// The product r . z of conjugate gradients over cells: partial[thread] = its share, summed in a fixed order by fold.
//
// r, z: float32[batch, nz + 2, ny + 2, nx + 2], padded; partial: float64[batch, threads a volume].

extern "C" __global__ void dot(
    int threads, int nz, int ny, int nx, const signed char* state, const float* r, const float* z, double* partial)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    double product = 0.0;
    for (int c = thread; c < cells; c += threads) {
        const int x = c % nx, y = c / nx % ny, k = c / nx / ny;
        const long long i = start + (k + 1) * plane + (y + 1) * row + x + 1;
        product += (double)r[i] * (double)z[i];
    }
    partial[(long long)volume * threads + thread] = product;
}
