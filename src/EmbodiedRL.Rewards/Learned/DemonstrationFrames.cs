using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Pictures of one demonstration.</summary>
/// <param name="Pixels">uint8 [T, H, W, 3], row 0 at the top; the holder's.</param>
/// <param name="Width">W, pixels.</param>
/// <param name="Height">H, pixels.</param>
public sealed record DemonstrationFrames(byte[] Pixels, int Width, int Height)
{
    /// <summary>What its tensors are called in a file, by number.</summary>
    private const string Prefix = "demonstration.";

    /// <summary>T.</summary>
    public int Frames => Pixels.Length / (Width * Height * 3);

    /// <summary>Writes demonstrations as tensors <c>demonstration.0</c>, <c>demonstration.1</c>, ... of a safetensors file.</summary>
    public static void Write(string path, IReadOnlyList<DemonstrationFrames> demonstrations) => Safetensors.Write(path,
        demonstrations.Select((demo, i) => StoredTensor.Of<byte>(FormattableString.Invariant($"{Prefix}{i}"),
            [demo.Frames, demo.Height, demo.Width, 3], demo.Pixels)));

    /// <summary>Reads what <see cref="Write"/> writes.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It holds something else.</exception>
    public static IReadOnlyList<DemonstrationFrames> Read(string path)
    {
        const string expected = "tensors demonstration.0, demonstration.1, ... of bytes, [frames, height, width, 3]";
        InputFile.Require(path, "The file of demonstrations", $"Name a safetensors file with {expected}.");
        using Safetensors file = Safetensors.Read(path);
        var found = new List<DemonstrationFrames>();
        while (file.Tensors.TryGetValue(FormattableString.Invariant($"{Prefix}{found.Count}"), out StoredTensor? tensor))
        {
            if (tensor.Type != StoredType.U8 || tensor.Shape is not [> 0, > 0 and <= 4096, > 0 and <= 4096, 3])
                throw new CorruptFileException(path, expected,
                    $"'{tensor.Name}' of {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
            found.Add(new DemonstrationFrames(tensor.Bytes.ToArray(), (int)tensor.Shape[2], (int)tensor.Shape[1]));
        }

        return found.Count > 0 ? found : throw new CorruptFileException(path, expected, "none");
    }
}
