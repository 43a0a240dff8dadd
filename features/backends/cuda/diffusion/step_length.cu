// alpha of conjugate gradients, and whether the step is the last one; one thread a volume.
//
// The energy exceeds the true one by the squared error of the potential, and every step lowers it by exactly
// alpha r . z (Hestenes and Stiefel 1952). Decrements fall about geometrically, so what is left to gain is
// estimated from the last one and the slowest of the last two ratios, as on the CPU, or that of the whole window.
//
// shares: float64[batch, length], which add up to p . A p; product: float64[batch], r . z; steps, limit: int32[batch],
// steps taken, and how many there may be; energy, remainder: float64[batch], that of the present potential, and what it
// is thought to exceed the true one by; decrements: float64[batch, WINDOW], of the last steps, in a ring.
// state: int8[batch], 1 at work; 2 if the step that advance takes next is the last; 0 stopped.

static const int WINDOW = 8;
static const double SLOWEST = 0.98, SLOW = 0.5, FASTEST = 0.1;

extern "C" __global__ void step_length(
    int batch, int length, const int* limit, signed char* state, const double* shares, const double* product, const
    double* tolerance, double* alpha, double* energy, double* remainder, double* decrements, int* steps)
{
    const int volume = blockIdx.x * blockDim.x + threadIdx.x;
    if (volume >= batch || state[volume] != 1) return;
    double curvature = 0.0;
    for (int i = 0; i < length; i++) curvature += shares[(long long)volume * length + i];
    const double gain = product[volume];
    if (!(curvature > 0.0 && gain > 0.0)) {
        // the residual is zero, or rounding is all that is left of it
        state[volume] = 0;
        alpha[volume] = 0.0;
        remainder[volume] = 0.0;
        return;
    }
    alpha[volume] = gain / curvature;
    const double decrement = gain * gain / curvature;
    double* ring = decrements + (long long)volume * WINDOW;
    const int taken = steps[volume];
    ring[taken % WINDOW] = decrement;
    steps[volume] = taken + 1;
    energy[volume] -= decrement;
    if (taken > 0) {
        const int known = taken + 1 < WINDOW ? taken + 1 : WINDOW;
        double ratio = FASTEST, largest = decrement;
        // the last two ratios, as one alone may be small by accident
        for (int back = 0; back < 2 && back + 1 < known; back++) {
            const double after = ring[(taken - back) % WINDOW], before = ring[(taken - back - 1) % WINDOW];
            if (after > ratio * before) ratio = after / before;
        }
        // where progress is slow it is uneven too: then the whole window counts, each step as far as it has faded since
        if (known == WINDOW) {
            const double mean = pow(decrement / ring[(taken + 1) % WINDOW], 1.0 / (WINDOW - 1));
            if (mean > ratio) ratio = mean;
            double fading = ratio > SLOW ? 1.0 : 0.0;
            for (int back = 0; back < WINDOW; back++, fading *= ratio) {
                const double faded = ring[(taken - back) % WINDOW] * fading;
                if (faded > largest) largest = faded;
            }
        }
        if (ratio > SLOWEST) ratio = SLOWEST;
        remainder[volume] = largest * ratio / (1.0 - ratio);
        if (remainder[volume] <= tolerance[volume] * energy[volume]) state[volume] = 2;
    }
    if (taken + 1 >= limit[volume]) state[volume] = 2;
}
