// What all programs share: one invocation paints one pixel, whose colour is one number with red in
// its lowest byte; `tables` holds numbers of this batch, and those of one operation begin at `op`.
#ifndef GROUP
#define GROUP 16
#endif
layout(local_size_x = GROUP, local_size_y = GROUP) in;
layout(binding = 0, r32ui) uniform restrict uimage2D picture;
layout(std430, binding = 0) readonly restrict buffer Memory { uint memory[]; };
layout(std430, binding = 1) readonly restrict buffer Tables { uint tables[]; };
uniform uint op;

uint param(uint at) { return tables[op + at]; }
float number(uint at) { return uintBitsToFloat(tables[at]); }

uvec3 channels(uint pixel) { return uvec3(pixel, pixel >> 8, pixel >> 16) & 255u; }
uint pixel_of(uvec3 c) { return c.r | c.g << 8 | c.b << 16 | 0xFF000000u; }

uint pixel_at(ivec2 at) { return imageLoad(picture, at).r; }
void put_pixel(ivec2 at, uint pixel) { imageStore(picture, at, uvec4(pixel, 0u, 0u, 0u)); }
