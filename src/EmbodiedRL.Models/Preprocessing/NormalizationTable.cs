using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Normalization table: the float that a model reads for every byte of every channel.</summary>
public sealed class NormalizationTable
{
    private readonly float[] _values = new float[3 * 256];

    /// <summary>A table: scale, subtract the mean, divide by the deviation, in 32-bit floats.</summary>
    public NormalizationTable(ImageProcessorSettings settings)
    {
        for (int channel = 0; channel < 3; channel++)
            for (int value = 0; value < 256; value++)
            {
                // A division rounds once where a multiplication by 1/255 rounds twice.
                float scaled = settings.Scale switch
                {
                    null => value,
                    1.0 / 255 => value / 255f,
                    { } scale => (float)(value * scale),
                };
                if (settings.Mean.Count > 0) scaled -= (float)settings.Mean[channel];
                if (settings.Deviation.Count > 0) scaled /= (float)settings.Deviation[channel];
                _values[channel * 256 + value] = scaled;
            }
    }

    /// <summary>[3, 256]: the value of each byte.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Normalizes pixels, channels last to channels first.</summary>
    /// <param name="pixels">[pixels, 3].</param>
    /// <param name="into">[3, pixels]; overwritten; owned by the caller.</param>
    public void Planes(ReadOnlySpan<byte> pixels, Span<float> into)
    {
        int count = pixels.Length / 3;
        ref byte source = ref MemoryMarshal.GetReference(pixels);
        ref float table = ref MemoryMarshal.GetArrayDataReference(_values);
        Span<float> red = into[..count], green = into.Slice(count, count), blue = into.Slice(2 * count, count);
        for (int i = 0; i < red.Length; i++)
        {
            red[i] = Unsafe.Add(ref table, Unsafe.Add(ref source, 3 * i));
            green[i] = Unsafe.Add(ref table, 256 + Unsafe.Add(ref source, 3 * i + 1));
            blue[i] = Unsafe.Add(ref table, 512 + Unsafe.Add(ref source, 3 * i + 2));
        }
    }

    /// <summary>Normalizes pixels where they are: channels stay last.</summary>
    /// <param name="pixels">[pixels, 3].</param>
    /// <param name="into">[pixels, 3]; overwritten; owned by the caller.</param>
    public void Interleaved(ReadOnlySpan<byte> pixels, Span<float> into)
    {
        for (int i = 0; i < pixels.Length; i += 3)
            for (int c = 0; c < 3; c++)
                into[i + c] = _values[c * 256 + pixels[i + c]];
    }
}
