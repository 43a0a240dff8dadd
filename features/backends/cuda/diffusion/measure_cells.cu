// Energy (conductance times squared difference, over all faces) and fluxes of a potential in cells, plane by plane.
//
// potential, across, down, along, pz and wraps_z as in inflow_cells. fluxes[volume, k, lane]: a share of the flow
// through the faces before plane k (k = nz: behind the last); energy: likewise, of the work at those faces and those
// within plane k; where z is periodic the faces before the first plane are those behind the last, and work once.
// float64[batch, nz + 1, lanes], to be summed over the lanes.

// How much the profile falls through the face before plane k of the padded grid.
__device__ float drop_before(int k, int nz, int pz, int wraps_z)
{
    if (wraps_z) return nz > pz && (k == 0 || k >= pz) ? 0.5f : 1.0f;
    return k == 0 || k == nz ? 0.5f : 1.0f;
}

extern "C" __global__ void measure_cells(
    int batch, int lanes, int nz, int ny, int nx, int pz, int wraps_z, const float* across, const float* down, const
    float* along, const float* potential, double* energy, double* fluxes)
{
    const long long line = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int lane = (int)(line % lanes), k = (int)(line / lanes % (nz + 1));
    const int volume = (int)(line / lanes / (nz + 1));
    if (volume >= batch) return;
    const int row = nx + 2, plane = row * (ny + 2);
    const long long start = (long long)volume * plane * (nz + 2) + (long long)(k + 1) * plane;
    const float drop = drop_before(k, nz, pz, wraps_z);
    double work = 0.0, flow = 0.0;
    for (int c = lane; c < ny * nx; c += lanes) {
        const long long i = start + (c / nx + 1) * row + c % nx + 1;
        const float here = potential[i];
        const double through = across[i - plane], fall = drop + (potential[i - plane] - here);
        flow += through * fall;
        if (k > 0 || wraps_z == 0) work += through * fall * fall;
        if (k == nz) continue;
        const double below = here - potential[i + row], right = here - potential[i + 1];
        work += down[i] * below * below + along[i] * right * right;
    }
    energy[line] = work;
    fluxes[line] = flow;
}
