// Some steps of Gauss and Jordan: after a step for each row in turn, a positive definite matrix is its inverse.
//
// in, out: float64[batch, n, n], not the same memory; steps of rows `step` to `step` + PIVOTS - 1, as far as there are
// rows. One thread an entry, as far as there are threads. A launch takes longer than a step: each thread takes its
// entry through several, and with it what they need: the pivots' square, its row's entries left and its column's above.

#define PIVOTS 4  // as in levels.py

// What a step makes of an entry, in the row of the pivot or its column or neither.
__device__ double stepped(bool in_row, bool in_column, double own, double left, double above, double pivot)
{
    if (in_row) return in_column ? 1.0 / pivot : above / pivot;
    return in_column ? -left / pivot : own - left * above / pivot;
}

extern "C" __global__ void eliminate(int threads, int n, int step, const double* in, double* out)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const double* a = in + (long long)volume * n * n;
    const int pivots = n - step < PIVOTS ? n - step : PIVOTS;
    for (int entry = thread; entry < n * n; entry += threads) {
        const int i = entry / n, j = entry % n;
        double value = a[entry], square[PIVOTS][PIVOTS], left[PIVOTS], above[PIVOTS];
        for (int r = 0; r < PIVOTS; r++) {
            left[r] = r < pivots ? a[i * n + step + r] : 0.0;
            above[r] = r < pivots ? a[(step + r) * n + j] : 0.0;
            for (int c = 0; c < PIVOTS; c++)
                square[r][c] = r < pivots && c < pivots ? a[(step + r) * n + step + c] : 0.0;
        }
        for (int k = 0; k < PIVOTS; k++) {
            if (k >= pivots) continue;
            const double pivot = square[k][k];
            value = stepped(i == step + k, j == step + k, value, left[k], above[k], pivot);
            // the pivot's own row and column last, as the others need them as they were
            for (int r = 0; r < PIVOTS; r++) {
                if (r == k) continue;
                left[r] = stepped(i == step + k, false, left[r], left[k], square[k][r], pivot);
                above[r] = stepped(false, j == step + k, above[r], square[r][k], above[k], pivot);
                for (int c = 0; c < PIVOTS; c++)
                    if (c != k) square[r][c] = stepped(false, false, square[r][c], square[r][k], square[k][c], pivot);
            }
            for (int r = 0; r < PIVOTS; r++) {
                if (r == k) continue;
                square[r][k] = stepped(false, true, 0.0, square[r][k], 0.0, pivot);
                square[k][r] = stepped(true, false, 0.0, 0.0, square[k][r], pivot);
            }
            left[k] = stepped(i == step + k, true, 0.0, left[k], 0.0, pivot);
            above[k] = stepped(true, j == step + k, 0.0, 0.0, above[k], pivot);
            square[k][k] = 1.0 / pivot;
        }
        out[(long long)volume * n * n + entry] = value;
    }
}
