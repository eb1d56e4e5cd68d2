// Whatever nothing else covers: a cube seen from its middle, or a gradient from the top to the bottom of the picture.
#ifdef CUBED
#if defined(BANDED) && !defined(HAZY)
uniform sampler2D image;
out vec3 sky;
#else
out vec3 ray;                // world
#endif
#ifdef HAZY
out vec3 planeRay;           // with z along the normal of the first plane without end
out flat float height;       // of the eye above it
uniform float clearReach;    // meters around the eye where that plane hides the sky
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
#if defined(BANDED) && !defined(HAZY)
    // So smooth that colors at the edges of four strips are enough.
    float share = float(gl_VertexID >> 1) / 4.0;
    int k = gl_VertexID & 1;
    corner = vec2(corner.x, share * 2.0 - 1.0);
#endif
#ifdef SPLIT
    // Haze lies below the horizon, where soon the plane hides the sky: only in that band it is reckoned.
    vec3 normal = vec3(rowX.z, rowY.z, rowZ.z);
    float above = dot(normal, eye.xyz - place);
    if (above > 0.0) {
        vec2 widest = abs(vec2(up.w, forward.w)) + vec2(eye.w, right.w);
        vec3 f = nearness(normal, above);
#ifdef HAZY
        corner = band(f, 0.0, length(vec3(widest, 1.0)) / clearReach, gl_VertexID);
#else
#ifdef BANDED
        corner = mix(band(f, -1e30, 0.0, k), band(f, -1e30, 0.0, k + 2), share);
#else
        corner = band(f, -1e30, 0.0, gl_VertexID);
#endif
#endif
    }
#ifdef HAZY
    else corner = vec2(0.0);
#endif
#endif
#if defined(BANDED) && !defined(HAZY)
    sky = textureLod(image, skyCoordinates(viewAxes() * viewRay(corner)), 0.0).rgb;
#else
    ray = viewAxes() * viewRay(corner);
#endif
#ifdef HAZY
    planeRay = toLocal() * ray;
    height = above;
#endif
#else
    sky = corner.y > 0.0 ? skyTop : skyBottom;
#endif
    gl_Position = putInside(corner, 1.0);
}
