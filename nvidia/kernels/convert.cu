// RGBA to NV12 or I420, scaled down on the way: BT.709 limited range for video, BT.601 full range
// for JPEG.
//
// For video the arithmetic is that of the CPU renderer (render/src/cpu/yuv.rs), bit for bit; where
// source and target differ in size, each target pixel is first the mean of the source's area under
// it, rounded to 8 bits. src/reference.rs is the same in Rust, and what the results are compared
// with.
//
// Built into convert.ptx by compile.py; a test fails when the two do not belong together.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

// Where the planes go. NV12: v = u + 1 and step 2. I420: step 1. Pitches in bytes.
struct Planes {
    u64 y, u, v;
    u32 y_pitch, c_pitch, c_step;
};

// Sizes in pixels. flip: the source's first row is the picture's last, as GL has it. jfif: the
// colours of JPEG files instead of video's.
struct Shape {
    u32 from_w, from_h, to_w, to_h, flip, jfif;
};

struct Linear {
    u64 base;
    u32 pitch;
    __device__ uchar4 at(u32 x, u32 y) const {
        return *(const uchar4 *)(base + (u64)y * pitch + 4 * x);
    }
};

struct Texture {
    u64 handle;
    __device__ uchar4 at(u32 x, u32 y) const {
        return tex2D<uchar4>(handle, (float)x + 0.5f, (float)y + 0.5f);
    }
};

struct Rgb {
    int r, g, b;
};

template <class Source>
__device__ Rgb pixel(const Source &source, const Shape &s, u32 x, u32 y) {
    if (s.from_w == s.to_w && s.from_h == s.to_h) {
        uchar4 p = source.at(x, s.flip ? s.from_h - 1 - y : y);
        return {p.x, p.y, p.z};
    }
    // In units of 1/to of a source pixel this one covers [begin, end). The sums fit 32 bits for
    // sides up to 4096.
    u32 left = x * s.from_w, right = left + s.from_w;
    u32 top = y * s.from_h, bottom = top + s.from_h;
    u32 r = 0, g = 0, b = 0;
    for (u32 row = top / s.to_h; row * s.to_h < bottom; row++) {
        u32 high = min(bottom, (row + 1) * s.to_h) - max(top, row * s.to_h);
        u32 line = s.flip ? s.from_h - 1 - row : row;
        for (u32 column = left / s.to_w; column * s.to_w < right; column++) {
            u32 wide = min(right, (column + 1) * s.to_w) - max(left, column * s.to_w);
            uchar4 p = source.at(column, line);
            u32 weight = wide * high;
            r += weight * p.x;
            g += weight * p.y;
            b += weight * p.z;
        }
    }
    u32 area = s.from_w * s.from_h, half = area / 2;
    return {(int)((r + half) / area), (int)((g + half) / area), (int)((b + half) / area)};
}

// Weights in 16 fractional bits of Y, Cb and Cr, and what black's luma is.
struct Matrix {
    int y[3], cb[3], cr[3], black;
};

__device__ const Matrix VIDEO = {
    {11966, 40255, 4064}, {-6596, -22188, 28784}, {28784, -26145, -2639}, 16};
__device__ const Matrix JFIF = {
    {19595, 38470, 7471}, {-11058, -21710, 32768}, {32768, -27439, -5329}, 0};

__device__ u8 luma(const Matrix &m, Rgb p) {
    return (u8)((m.y[0] * p.r + m.y[1] * p.g + m.y[2] * p.b + (m.black << 16) + (1 << 15)) >> 16);
}

// From the sums of four pixels: two more fractional bits. Only JFIF's pure blue and red reach 256.
__device__ u8 chroma(const int k[3], Rgb sum) {
    int c = (k[0] * sum.r + k[1] * sum.g + k[2] * sum.b + (128 << 18) + (1 << 17)) >> 18;
    return (u8)min(c, 255);
}

// Each thread makes two by two pixels; at an odd edge the last column or row counts twice.
template <class Source>
__device__ void convert(const Source &source, const Shape &s, const Planes &to) {
    u32 cx = blockIdx.x * blockDim.x + threadIdx.x, cy = blockIdx.y * blockDim.y + threadIdx.y;
    u32 x0 = 2 * cx, y0 = 2 * cy;
    if (x0 >= s.to_w || y0 >= s.to_h) return;
    u32 x1 = min(x0 + 1, s.to_w - 1), y1 = min(y0 + 1, s.to_h - 1);
    Rgb a = pixel(source, s, x0, y0), b = pixel(source, s, x1, y0);
    Rgb c = pixel(source, s, x0, y1), d = pixel(source, s, x1, y1);
    const Matrix &m = s.jfif ? JFIF : VIDEO;
    u8 *upper = (u8 *)(to.y + (u64)y0 * to.y_pitch), *lower = (u8 *)(to.y + (u64)y1 * to.y_pitch);
    if (x1 != x0 && !(to.y_pitch & 1)) {
        *(uchar2 *)(upper + x0) = make_uchar2(luma(m, a), luma(m, b));
        *(uchar2 *)(lower + x0) = make_uchar2(luma(m, c), luma(m, d));
    } else {
        upper[x0] = luma(m, a);
        upper[x1] = luma(m, b);
        lower[x0] = luma(m, c);
        lower[x1] = luma(m, d);
    }
    Rgb sum = {a.r + b.r + c.r + d.r, a.g + b.g + c.g + d.g, a.b + b.b + c.b + d.b};
    u8 cb = chroma(m.cb, sum), cr = chroma(m.cr, sum);
    u64 at = (u64)cy * to.c_pitch + (u64)cx * to.c_step;
    if (to.c_step == 2) {
        *(uchar2 *)(to.u + at) = make_uchar2(cb, cr);
    } else {
        *(u8 *)(to.u + at) = cb;
        *(u8 *)(to.v + at) = cr;
    }
}

extern "C" __global__ void from_linear(u64 source, u32 pitch, Shape shape, Planes to) {
    convert(Linear{source, pitch}, shape, to);
}

extern "C" __global__ void from_texture(u64 source, u32 pitch, Shape shape, Planes to) {
    (void)pitch;
    convert(Texture{source}, shape, to);
}
