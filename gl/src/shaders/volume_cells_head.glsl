// Least and most of each cell of 8 × 8 × 8 texels and the next ones, and of the whole part: one
// workgroup makes those of one part. A cell that holds no number somewhere has all numbers between its
// ends, so that nothing passes over it.
layout(local_size_x = 512) in;
layout(std430, binding = 0) restrict buffer Memory { uint memory[]; };
// For each part: where it begins, and its size.
layout(std430, binding = 1) readonly restrict buffer Tables { uvec4 list[]; };

shared float least[512];
shared float most[512];
