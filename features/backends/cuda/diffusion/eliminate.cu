// One step of Gauss and Jordan: after a step for each row in turn, a positive definite matrix is its inverse.
//
// in, out: float64[batch, n, n], not the same memory. One thread an entry, as far as there are threads.

extern "C" __global__ void eliminate(int threads, int n, int step, const double* in, double* out)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    const double* a = in + (long long)volume * n * n;
    double* result = out + (long long)volume * n * n;
    const double pivot = a[step * n + step];
    for (int entry = thread; entry < n * n; entry += threads) {
        const int i = entry / n, j = entry % n;
        const double left = a[i * n + step], above = a[step * n + j];
        if (i == step) result[entry] = j == step ? 1.0 / pivot : above / pivot;
        else result[entry] = j == step ? -left / pivot : a[entry] - left * above / pivot;
    }
}
