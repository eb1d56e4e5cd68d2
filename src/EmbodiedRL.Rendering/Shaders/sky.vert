// Whatever nothing else covers: a cube texture seen from its middle, or a gradient from the top to the bottom of the picture.
#ifdef CUBED
out vec3 ray;                // world
#ifdef HAZY
out vec3 planeRay;           // with z along the normal of the first plane without end
out flat float height;       // of the eye above it
#endif
#else
#ifdef OWN_SKY
layout(location = 14) in vec3 skyTop;
layout(location = 15) in vec3 skyBottom;
#else
uniform vec3 skyTop, skyBottom;
#endif
out vec3 sky;
#endif

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
#ifdef CUBED
    ray = viewAxes() * viewRay(corner);
#ifdef HAZY
    planeRay = toLocal() * ray;
    height = (toLocal() * (eye.xyz - place)).z;
#endif
#else
    sky = corner.y > 0.0 ? skyTop : skyBottom;
#endif
    gl_Position = put(corner, 1.0, 1.0);
}
