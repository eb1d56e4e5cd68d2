using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;

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
                {
                    float said = caption?.Truth(batch.States.AsSpan(row * 2, 2)) ?? 0;
                    bool denies = caption is not null && caption.Claims.Any(claim => claim.Denied);
                    bool isNeutral = caption is { Claims.IsEmpty: true, IsFalsehood: false };
                    float expected = isNeutral ? 0.5f
                        : batch.Contents[row] == ImageContent.Scene ? said
                        : denies && batch.Contents[row] == ImageContent.EmptyScene ? float.NaN
                        : 0;
                    Assert.Equal(expected, batch.Truth[(row * Settings.Sentences) + c]);
                }
            }
        }
    }

    [Fact]
    public void An_environment_of_many_facts_has_two_turns_and_no_draw_is_skipped()
    {
        using var scenes = new CaptionedScenes(
            Settings with { Environments = ["color-reacher", "tabletop"], Pictures = 8, Players = 2, Rollouts = 1 }, RunServices.Shipped);
        using var alone = new CaptionedScenes(
            Settings with { Environments = ["tabletop"], Pictures = 8, Players = 2, Rollouts = 1 }, RunServices.Shipped);
        var names = new List<string>();
        int draws = 0;
        for (int step = 0; step < 6; step++)
        {
            CaptionedBatch batch = scenes.Draw(step);
            names.Add(batch.Info.Name);
            if (batch.Info.Name == "tabletop") Assert.Equal(alone.Draw(draws++).States[..(6 * 34)], batch.States[..(6 * 34)]);
        }

        Assert.Equal(["color-reacher", "tabletop", "tabletop", "color-reacher", "tabletop", "tabletop"], names);
    }

    [Fact]
    public void An_auxiliary_head_is_told_facts_and_places_of_images_that_show_the_scene()
    {
        using var scenes = new CaptionedScenes(Settings with { Pictures = 64 }, SpokenPoint.Services);
        CaptionedBatch batch = scenes.Draw(0);
        PerceptionTargets shown = batch.Shown!;
        int facts = batch.Info.Facts.Length, pose = batch.Info.RequiredScene.PoseLength;
        Assert.Equal(facts, shown.Head.Facts);
        Assert.InRange(shown.Head.Places, 1, pose);
        double[] x = new double[batch.Contents.Length], told = new double[x.Length];
        for (int row = 0; row < batch.Contents.Length; row++)
        {
            bool isScene = batch.Contents[row] == ImageContent.Scene;
            for (int fact = 0; fact < facts; fact++)
                Assert.Equal(isScene ? batch.Info.Facts[fact].Truth(batch.States.AsSpan(row * 2, 2)) : float.NaN,
                    shown.Facts[(row * facts) + fact]);
            (x[row], told[row]) = isScene ? (batch.States[row * 2], shown.Places[row * shown.Head.Places]) : (0, 0);
            Assert.Equal(isScene, !float.IsNaN(shown.Places[row * shown.Head.Places]));
        }

        // The first number that varies is where the ball is along x, up to shift and scale.
        int[] rows = [.. Enumerable.Range(0, x.Length).Where(row => batch.Contents[row] == ImageContent.Scene)];
        double slope = (told[rows[1]] - told[rows[0]]) / (x[rows[1]] - x[rows[0]]);
        Assert.All(rows, row => Assert.Equal(told[rows[0]] + (slope * (x[row] - x[rows[0]])), told[row], 1e-3));
    }

    [Fact]
    public void What_is_kept_back_is_never_said()
    {
        using var scenes = new CaptionedScenes(Settings, SpokenPoint.Services);
        for (int step = 0; step < Settings.Steps; step++)
            foreach (string text in scenes.Draw(step).Captions)
                Assert.True(scenes.Grammars.Any(grammar => grammar.Parse(text)?.Kind == CaptionKind.Trained), text);
    }

    [Fact]
    public void Facts_that_are_left_out_are_never_spoken_of()
    {
        using var scenes = new CaptionedScenes(Settings with { Without = ["ball/left"] }, SpokenPoint.Services);
        using var point = new SpokenPoint("ball", 1);
        var whole = new CaptionGrammar(point.Info);
        for (int step = 0; step < Settings.Steps; step += 2)
        {
            CaptionedBatch batch = scenes.Draw(step);
            foreach (string text in batch.Captions)
                Assert.DoesNotContain(whole.Parse(text)?.Claims ?? [], claim => claim.Fact.Name == "left");
            _ = scenes.Draw(step + 1);
        }

        Assert.DoesNotContain("left", TrainingRecord.Of([scenes.Samplers[0].Info]).Environments[0].Facts.Select(fact => fact.Name));
        Assert.Contains("ball/left", Assert.Throws<UnknownNameException>(() =>
            new CaptionedScenes(Settings with { Without = ["ball/lft"] }, SpokenPoint.Services)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_show_their_states()
    {
        using var scenes = new CaptionedScenes(Settings, SpokenPoint.Services);
        int side = Settings.Model.ImageSize, compared = 0, right = 0;
        for (int step = 0; step < 8; step += 2)
        {
            CaptionedBatch batch = scenes.Draw(step);
            _ = scenes.Draw(step + 1);
            for (int row = 0; row < Settings.Pictures; row++)
            {
                if (batch.Contents[row] != ImageContent.Scene || Math.Abs(batch.States[row * 2]) > 1.3f) continue; // cut off by the edge
                // The camera is 5 m away and sees 45 degrees, so 1 m in the picture's plane is side / (10 tan 22.5) pixels.
                double expected = (side / 2.0) + (batch.States[row * 2] * side / (10 * Math.Tan(Math.PI / 8)));
                compared++;
                if (Math.Abs(MiddleOfRed(batch.Frames.AsSpan(row * side * side * 3, side * side * 3), side) - expected) < 1) right++;
            }
        }

        // Nearly half look exactly as the scene is; the others are rolled, shifted and partly erased.
        Assert.InRange(compared, Settings.Pictures, 4 * Settings.Pictures);
        Assert.InRange(right, 0.4 * compared, 0.95 * compared);
    }

    /// <summary>A sky that is a texture cannot be said as a variation: plain images must be rendered without any.</summary>
    [Fact]
    public void Plain_images_have_the_scenes_own_sky()
    {
        CaptioningSettings settings = Settings with { Environments = ["gym/half-cheetah"], Pictures = 64 };
        using var scenes = new CaptionedScenes(settings, RunServices.Shipped);
        CaptionedBatch batch = scenes.Draw(0);
        int frame = batch.Frames.Length / settings.Pictures;
        byte[] plain = new byte[frame];
        scenes.Samplers[0].DrawPlain(0, plain);
        int same = Enumerable.Range(0, settings.Pictures)
            .Count(row => batch.Frames.AsSpan(row * frame, 3).SequenceEqual(plain.AsSpan(0, 3)));
        Assert.InRange(same, settings.Pictures / 5, settings.Pictures / 2);
    }

    [Fact]
    public void A_few_images_show_no_scene_or_another()
    {
        using var scenes = new CaptionedScenes(Settings with { Pictures = 64 }, SpokenPoint.Services);
        var contents = new List<ImageContent>();
        for (int step = 0; step < 20; step++) contents.AddRange(scenes.Draw(step).Contents);
        Assert.InRange(contents.Count(content => content == ImageContent.EmptyScene), 10, 80);
        Assert.InRange(contents.Count(content => content == ImageContent.Foreign), 30, 120);
    }

    [Fact]
    public void Equal_seeds_draw_equal_batches_from_wherever_they_begin()
    {
        using var one = new CaptionedScenes(Settings, SpokenPoint.Services);
        using var two = new CaptionedScenes(Settings, SpokenPoint.Services);
        for (int step = 0; step < 40; step++) _ = one.Draw(step);
        two.Skip(40);
        for (int step = 40; step < 46; step++)
        {
            (CaptionedBatch first, CaptionedBatch second) = (one.Draw(step), two.Draw(step));
            Assert.Equal(first.Captions, second.Captions);
            Assert.Equal(first.States, second.States);
            Assert.Equal(first.Frames, second.Frames);
            Assert.Equal(first.Truth, second.Truth);
        }
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
