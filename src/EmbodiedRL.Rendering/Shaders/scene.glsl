// What every vertex shader knows: the scene, the view of each environment, and where its tile lies.

struct Geom {
    vec4 size;       // half-axes in metres; w: local x of the bounding capsule's half-axis
    vec4 bound;      // local y and z of that half-axis, its radius; w: 1 for planes without end
    vec4 material;   // specular strength, exponent, emission, whether textured
    vec4 texture;    // texture coordinates: (s, t) = xy * local xy + zw
};

struct View {
    vec4 eye;        // w: tangent of half the field of view
    vec4 right;
    vec4 up;
    vec4 forward;
    vec4 light;      // unit, towards the light
    vec4 diffuse;
    vec4 ambient;
    vec4 specular;
    vec4 head;
    vec4 skyTop;
    vec4 skyBottom;
};

layout(std430, binding = 0) readonly buffer Poses { float poses[]; };
layout(std430, binding = 1) readonly buffer Views { View views[]; };
layout(std430, binding = 2) readonly buffer Colours { vec4 colours[]; };
layout(std430, binding = 3) readonly buffer Geoms { Geom geoms[]; };
layout(std430, binding = 4) readonly buffer Order { int order[]; };

uniform ivec4 batch;     // first in order, geoms a tile, first environment, geoms of the scene
uniform ivec4 strides;   // 1 where every environment has its own: views, colours
uniform ivec4 tiles;     // pixels a side, tiles a column, framebuffer width, height
uniform vec4 range;      // near, far, 1 / near, 1 / (1 / near - 1 / far)

int tile() { return gl_InstanceID / batch.y; }
int environment() { return batch.z + tile(); }
int geom() { return order[batch.x + gl_InstanceID % batch.y]; }
View view() { return views[environment() * strides.x]; }
vec4 colour(int g) { return colours[environment() * strides.y * batch.w + g]; }

vec3 position(int g) {
    int at = (environment() * batch.w + g) * 12;
    return vec3(poses[at], poses[at + 1], poses[at + 2]);
}

// Rows of the pose become columns: this turns world vectors into local ones.
mat3 toLocal(int g) {
    int at = (environment() * batch.w + g) * 12 + 3;
    return mat3(poses[at], poses[at + 1], poses[at + 2], poses[at + 3], poses[at + 4], poses[at + 5], poses[at + 6], poses[at + 7],
                poses[at + 8]);
}

vec2 tileOrigin() { return vec2(tile() / tiles.y, tile() % tiles.y) * float(tiles.x); }

// Clip coordinates of a point of the picture: xy in [-w, w] spans the tile. Row 0 of memory is the top of the picture.
vec4 place(vec2 xy, float z, float w) {
    gl_ClipDistance[0] = w - xy.x;
    gl_ClipDistance[1] = w + xy.x;
    gl_ClipDistance[2] = w - xy.y;
    gl_ClipDistance[3] = w + xy.y;
    vec2 scale = float(tiles.x) / vec2(tiles.zw);
    vec2 centre = (tileOrigin() + 0.5 * float(tiles.x)) / vec2(tiles.zw) * 2.0 - 1.0;
    return vec4(vec2(xy.x, -xy.y) * scale + centre * w, z, w);
}

vec4 nowhere() {
    gl_ClipDistance[0] = gl_ClipDistance[1] = gl_ClipDistance[2] = gl_ClipDistance[3] = -1.0;
    return vec4(2.0, 2.0, 2.0, 1.0);
}
