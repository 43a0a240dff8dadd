// beta of conjugate gradients, one thread a volume: r . z now over r . z before, 0 in the first step.
//
// shares: float64[batch, length], which add up to r . z; product: float64[batch], r . z before (0 in the first
// step), replaced by r . z now; alpha, beta: float64[batch].
// state: int8[batch], 1 at work; 2 had its last step taken by advance, and stops here; 0 stopped.

extern "C" __global__ void conjugate(
    int batch, int length, signed char* state, const double* shares, double* product, double* alpha, double* beta)
{
    const int volume = blockIdx.x * blockDim.x + threadIdx.x;
    if (volume >= batch || state[volume] == 0) return;
    if (state[volume] == 2) {
        state[volume] = 0;
        alpha[volume] = 0.0;
        return;
    }
    double sum = 0.0;
    for (int i = 0; i < length; i++) sum += shares[(long long)volume * length + i];
    beta[volume] = product[volume] > 0.0 ? sum / product[volume] : 0.0;
    product[volume] = sum;
}
