// A half sweep of Gauss-Seidel over a coarse level: the cells with (z + y + x) % 2 == colour take
// (source + sum of conductance times x over their neighbours) / diagonal.
//
// All arrays: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; across, down, along are conductances from a
// cell to the next along z, y, x, of which those along z reach into the padding (the outer faces).

extern "C" __global__ void coarse_relax(
    int threads, int nz, int ny, int nx, int colour, const signed char* state, const float* across, const float* down,
    const float* along, const float* inverse, const float* source, float* x)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int pairs = (nx + 1) / 2, total = nz * ny * pairs;
    for (int c = thread; c < total; c += threads) {
        const int i_y = c / pairs % ny, i_z = c / pairs / ny;
        const int i_x = 2 * (c % pairs) + (i_z + i_y + colour) % 2;
        if (i_x >= nx) continue;
        const long long i = start + (i_z + 1) * plane + (i_y + 1) * row + i_x + 1;
        const float sum = across[i - plane] * x[i - plane] + across[i] * x[i + plane] + down[i - row] * x[i - row]
            + down[i] * x[i + row] + along[i - 1] * x[i - 1] + along[i] * x[i + 1];
        x[i] = inverse[i] * (source[i] + sum);
    }
}
