using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class CaptionedScenesTests
{
    private static readonly CaptioningSettings Settings = SpokenPoint.Small with { Steps = 60 };

    [Fact]
    public void Environments_take_turns_and_truth_is_what_the_states_say()
    {
        using var scenes = new CaptionedScenes(Settings, SpokenPoint.Services);
        for (int step = 0; step < 20; step++)
        {
            CaptionedBatch batch = scenes.Draw(step);
            Assert.Equal(step % 2 == 0 ? "ball" : "box", batch.Info.Name);
            var grammar = new CaptionGrammar(batch.Info);
            int strangers = Settings.Sentences / 16;
            for (int c = 0; c < Settings.Sentences; c++)
            {
                Caption? caption = grammar.Parse(batch.Captions[c]);
                Assert.Equal(c >= Settings.Sentences - strangers, caption is null);
                for (int row = 0; row < Settings.Pictures; row++)
                    Assert.Equal(caption?.Truth(batch.States.AsSpan(row * 2, 2)) ?? 0, batch.Truth[(row * Settings.Sentences) + c]);
            }
        }
    }

    [Fact]
    public void What_is_kept_back_is_never_said()
    {
        using var scenes = new CaptionedScenes(Settings, SpokenPoint.Services);
        for (int step = 0; step < Settings.Steps; step++)
            foreach (string text in scenes.Draw(step).Captions)
                Assert.Contains(scenes.Grammars, grammar => grammar.Parse(text)?.Kind == CaptionKind.Trained);
    }

    [Fact]
    public void Pictures_show_their_states()
    {
        using var scenes = new CaptionedScenes(Settings, SpokenPoint.Services);
        CaptionedImageSampler sampler = scenes.Samplers[0];
        int side = Settings.Model.ImageSize;
        byte[] frames = new byte[Settings.Pictures * side * side * 3];
        float[] states = new float[Settings.Pictures * 2];
        sampler.Play(0);
        sampler.Draw(0, VisualCondition.Plain, frames, states);
        int compared = 0;
        for (int row = 0; row < Settings.Pictures; row++)
        {
            if (Math.Abs(states[row * 2]) > 1.5f) continue; // cut off by the edge of the picture
            // The camera is 5 m away and sees 45 degrees, so 1 m in the picture's plane is side / (10 tan 22.5) pixels.
            double expected = (side / 2.0) + (states[row * 2] * side / (10 * Math.Tan(Math.PI / 8)));
            Assert.InRange(MiddleOfRed(frames.AsSpan(row * side * side * 3, side * side * 3), side), expected - 1, expected + 1);
            compared++;
        }

        Assert.True(compared > Settings.Pictures / 2);
    }

    [Fact]
    public void Equal_seeds_draw_equal_batches_and_fresh_states_are_fresh()
    {
        using var one = new CaptionedScenes(Settings, SpokenPoint.Services);
        using var two = new CaptionedScenes(Settings, SpokenPoint.Services);
        for (int step = 0; step < 6; step++)
        {
            (CaptionedBatch first, CaptionedBatch second) = (one.Draw(step), two.Draw(step));
            Assert.Equal(first.Captions, second.Captions);
            Assert.Equal(first.States, second.States);
            Assert.Equal(first.Frames, second.Frames);
            Assert.Equal(first.Truth, second.Truth);
        }

        float[] before = new float[Settings.Pictures * 2], after = new float[Settings.Pictures * 2];
        byte[] frames = new byte[one.Draw(6).Frames.Length];
        one.Samplers[0].Draw(9, VisualCondition.Plain, frames, before);
        one.Samplers[0].Refresh();
        one.Samplers[0].Draw(9, VisualCondition.Plain, frames, after);
        int placed = Settings.Portion * 6 * 2; // six of eight portions are placed, of two numbers a row
        Assert.Equal(before[..placed], after[..placed]);
        Assert.Empty(before[placed..].Intersect(after[placed..]));
    }

    private static double MiddleOfRed(ReadOnlySpan<byte> frame, int side)
    {
        double sum = 0, count = 0;
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                if (frame[((y * side) + x) * 3] > 1.5 * frame[(((y * side) + x) * 3) + 1]) (sum, count) = (sum + x + 0.5, count + 1);
        return sum / count;
    }
}
