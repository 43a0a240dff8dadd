// Energy (sum of squared differences over conducting faces) and fluxes of a potential, plane by plane.
//
// potential: float32[batch, nz + 2, ny + 2, nx + 2], the deviation from the profile that falls by 1 from plane to plane,
// padded with zeros; degree: uint8, likewise, 0 in the solid. fluxes[volume, k, lane]: a share of the flow through the
// faces before plane k (k = nz: the outlet); energy: likewise, of the work at those faces and those within plane k.
// float64[batch, nz + 1, lanes], to be summed over the lanes.

extern "C" __global__ void measure(
    int batch, int lanes, int nz, int ny, int nx, const unsigned char* degree, const float* potential, double* energy,
    double* fluxes)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int lane = (int)(line % lanes), k = (int)(line / lanes % (nz + 1));
    const int volume = (int)(line / lanes / (nz + 1));
    if (volume >= batch) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2) + (long long)(k + 1) * plane;
    double work = 0.0, flow = 0.0;
    for (int c = lane; c < ny * nx; c += lanes) {
        const long long i = start + (c / nx + 1) * row + c % nx + 1;
        const float here = potential[i], before = potential[i - plane];
        const int conducts = degree[i] != 0, conducted = degree[i - plane] != 0;
        if (k == 0 || k == nz) {
            // half a voxel to the outer face; the padding has the potential 0
            if (conducts | conducted) {
                const double difference = 0.5f + (before - here);
                flow += 2.0 * difference;
                work += 2.0 * difference * difference;
            }
        } else if (conducts & conducted) {
            const double difference = 1.0f + (before - here);
            flow += difference;
            work += difference * difference;
        }
        if (conducts && k < nz) {
            const double right = degree[i + 1] ? here - potential[i + 1] : 0.0f;
            const double below = degree[i + row] ? here - potential[i + row] : 0.0f;
            work += right * right + below * below;
        }
    }
    energy[line] = work;
    fluxes[line] = flow;
}
