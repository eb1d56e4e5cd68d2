using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Tests.Encoders;

/// <summary>Pictures of one square, red or green, somewhere between left and right, and sentences that are true of it by degrees.</summary>
internal static class ToyScenes
{
    public const int Size = 64;
    public const int Frame = Size * Size * 3;

    public static readonly string[] Captions = ["a red square", "a green square", "a square on the left", "a square on the right"];

    /// <summary>Draws pictures [B, H, W, 3] and truths [B, 4].</summary>
    public static (byte[] Frames, float[] Truth) Draw(int count, ulong seed)
    {
        byte[] frames = new byte[count * Frame];
        float[] truth = new float[count * Captions.Length];
        for (int i = 0; i < count; i++)
        {
            var rng = Rng.For(seed, "toy", i);
            bool red = rng.NextDouble() < 0.5;
            int left = rng.Below(Size - 16), top = rng.Below(Size - 16);
            Span<byte> frame = frames.AsSpan(i * Frame, Frame);
            frame.Fill((byte)(90 + rng.Below(40)));
            for (int y = top; y < top + 16; y++)
                for (int x = left; x < left + 16; x++)
                    (frame[((y * Size) + x) * 3], frame[(((y * Size) + x) * 3) + 1],
                        frame[(((y * Size) + x) * 3) + 2]) = red ? ((byte)220, (byte)30, (byte)30) : ((byte)30, (byte)200, (byte)30);
            float right = left / (float)(Size - 17);
            (truth[i * 4], truth[(i * 4) + 1], truth[(i * 4) + 2], truth[(i * 4) + 3]) = (red ? 1 : 0, red ? 0 : 1, 1 - right, right);
        }

        return (frames, truth);
    }
}
