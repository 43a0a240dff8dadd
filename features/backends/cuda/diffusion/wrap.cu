// Copies across periodic sides: the layer before the first cell and the one behind the last.
//
// values: float32[batch, nz + 2, ny + 2, nx + 2]. wrap_z, wrap_y, wrap_x: the number of cells after which an axis begins
// anew, 0 where it is not periodic; fewer than there are where the last cell only joins the last but one to the first.
// The layer behind those cells is overwritten then. Edges and corners are nobody's neighbours. One thread a cell of a side.

extern "C" __global__ void wrap(
    int threads, int nz, int ny, int nx, int wrap_z, int wrap_y, int wrap_x, float* values)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const int row = nx + 2, plane = row * (ny + 2);
    float* of = values + (long long)volume * plane * (nz + 2);
    const int sides_z = wrap_z ? ny * nx : 0, sides_y = wrap_y ? nz * nx : 0, sides_x = wrap_x ? nz * ny : 0;
    for (int c = thread; c < sides_z + sides_y + sides_x; c += threads) {
        int first, stride, length;
        if (c < sides_z) {
            first = (c / nx + 1) * row + c % nx + 1;
            stride = plane;
            length = wrap_z;
        } else if (c < sides_z + sides_y) {
            const int s = c - sides_z;
            first = (s / nx + 1) * plane + s % nx + 1;
            stride = row;
            length = wrap_y;
        } else {
            const int s = c - sides_z - sides_y;
            first = (s / ny + 1) * plane + (s % ny + 1) * row;
            stride = 1;
            length = wrap_x;
        }
        of[first] = of[first + length * stride];
        of[first + (length + 1) * stride] = of[first + stride];
    }
}
