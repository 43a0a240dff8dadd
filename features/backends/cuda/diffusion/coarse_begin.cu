// The first sweep over a coarse level, from zero: red cells (z + y + x even) take source / diagonal, black ones
// what that makes of their neighbours.
//
// All arrays: float32[batch, nz + 2, ny + 2, nx + 2], padded with zeros; across, down, along are conductances from a
// cell to the next along z, y, x, of which those along z reach into the padding (the outer faces).

extern "C" __global__ void coarse_begin(
    int threads, int nz, int ny, int nx, const signed char* state, const float* across, const float* down, const
    float* along, const float* inverse, const float* source, float* x)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2);
    const int cells = nz * ny * nx;
    for (int c = thread; c < cells; c += threads) {
        const int i_x = c % nx, i_y = c / nx % ny, i_z = c / nx / ny;
        const long long i = start + (i_z + 1) * plane + (i_y + 1) * row + i_x + 1;
        float sum = source[i];
        if ((i_z + i_y + i_x) % 2 == 1)
            sum += across[i - plane] * inverse[i - plane] * source[i - plane]
                + across[i] * inverse[i + plane] * source[i + plane]
                + down[i - row] * inverse[i - row] * source[i - row] + down[i] * inverse[i + row] * source[i + row]
                + along[i - 1] * inverse[i - 1] * source[i - 1] + along[i] * inverse[i + 1] * source[i + 1];
        x[i] = inverse[i] * sum;
    }
}
