// The shares of a sum, added in a fixed order to fewer: out[i] = in[i] + in[i + threads] + in[i + 2 threads] + ...
//
// in: float64[batch, length]; out: float64[batch, threads a volume].

extern "C" __global__ void fold(int threads, int length, const signed char* state, const double* in, double* out)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int volume = (int)(line / threads), thread = (int)(line % threads);
    if (state[volume] != 1) return;
    const double* shares = in + (long long)volume * length;
    double sum = 0.0;
    for (int i = thread; i < length; i += threads) sum += shares[i];
    out[(long long)volume * threads + thread] = sum;
}
