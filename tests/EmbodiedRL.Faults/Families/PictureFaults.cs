using System.Buffers.Binary;
using EmbodiedRL.Core;

namespace EmbodiedRL.Faults.Families;

/// <summary>PNG files that are scored.</summary>
internal sealed class PictureFaults : FaultFamily
{
    private const int Header = 16;

    private byte[] _whole = [];
    private string _answer = "";

    public override string Name => "pictures";

    public override int Share => 8;

    public override async Task PrepareAsync(string folder, Func<string[], Task<string>> ask)
    {
        string path = Path.Combine(folder, "picture.png");
        await ask(["render", "cartpole", "--count", "1", "--size", "64", "--out", path]);
        _whole = await File.ReadAllBytesAsync(path);
        _answer = (await ask(["score", path, "--goal", "a pole standing upright on a cart"])).Replace(folder, "", StringComparison.Ordinal);
    }

    public override FaultCase Make(int index, ref Rng rng, string folder)
    {
        string path = Path.Combine(folder, "picture.png");
        (string name, byte[] content, Expectation expected) = rng.Below(5) switch
        {
            // the last 12 bytes say no more than that it ends
            0 => ("cut off", _whole[..(1 + rng.Below(_whole.Length - 13))], Expectation.Refused),
            1 => ("zeros", Damage.Zero(_whole, ref rng), Expectation.RefusedOrSame),
            2 => ("60,000 pixels a side", Sized(60_000), Expectation.Refused),
            3 => ("noise", Damage.Noise(1 + rng.Below(4000), ref rng), Expectation.Refused),
            _ => ("flipped bits", Damage.Flip(_whole, ref rng), Expectation.RefusedOrSame),
        };
        File.WriteAllBytes(path, content);
        return new FaultCase(name, ["score", path, "--goal", "a pole standing upright on a cart"], expected) { Answer = _answer };
    }

    /// <summary>The same file that says another size, its checksum made good.</summary>
    private byte[] Sized(int side)
    {
        byte[] changed = [.. _whole];
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(Header), side);
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(Header + 4), side);
        BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(29), Checksum(changed.AsSpan(12, 17)));
        return changed;
    }

    /// <summary>CRC-32 as PNG has it.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) sum = (sum & 1) == 1 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
        }

        return ~sum;
    }
}
