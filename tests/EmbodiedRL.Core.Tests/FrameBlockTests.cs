using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Tests;

public sealed class FrameBlockTests
{
    private const int Width = 6, Height = 4, Channels = 2, Count = 3;

    [Theory]
    [InlineData(1, 1)]                                      // less than a step: one step each
    [InlineData(2 * Count * Width * Height * Channels, 2)]  // two steps, and a last chunk of one
    [InlineData(1 << 20, 7)]                                // all in one
    public void Frames_in_chunks_are_each_their_own(int chunkBytes, int stepsTogether)
    {
        var block = new FrameBlock(new FrameSpec(Width, Height), 7, Count, Channels, chunkBytes);
        Assert.Equal((7 * Count, Width * Height * Channels), (block.Frames, block.FrameBytes));
        for (int frame = 0; frame < block.Frames; frame++)
        {
            block.Frame(frame).Fill((byte)frame);
            int left = (stepsTogether * Count) - (frame % (stepsTogether * Count));
            Assert.Equal(Math.Min(left, block.Frames - frame), block.Run(frame));
        }

        for (int step = 0; step < 7; step++)
            for (int row = 0; row < Count; row++)
                Assert.All(block.Step(step).Span.Slice(row * block.FrameBytes, block.FrameBytes).ToArray(),
                    value => Assert.Equal((step * Count) + row, value));
        if (stepsTogether < 7) Assert.Throws<ArgumentOutOfRangeException>(() => block.Slice(0, (stepsTogether * Count) + 1));
    }

    [Fact]
    public void Only_rendered_steps_are_held()
    {
        var block = new FrameBlock(new FrameSpec(8, 8, Every: 4), 10, 2);
        Assert.Equal((3, 3 * 2 * 8 * 8 * 3), (block.RenderedSteps, block.Bytes));
    }

    /// <summary>6.4 GB, which no array holds: nothing is made here but the plan of it.</summary>
    [Fact]
    public void A_thousand_environments_of_128_pixels_are_cut_into_arrays_that_can_be()
    {
        var plan = new FrameChunks(1024L * 128 * 128 * 3, 128, FrameChunks.UsualBytes);
        long[] bytes = [.. Enumerable.Range(0, plan.Count).Select(plan.BytesOf)];
        Assert.All(bytes, length => Assert.InRange(length, 1024L * 128 * 128 * 3, FrameChunks.UsualBytes));
        Assert.Equal(6_442_450_944, bytes.Sum());
    }

    [Fact]
    public void What_no_machine_holds_is_one_clear_error()
    {
        var frames = FrameSpec.Square(128);
        string rollout = Assert.Throws<SettingsException>(() => TrajectoryBatch.RequireRoom(1_000_000, 1024, Seeing(128), frames)).Message;
        Assert.Contains("A rollout of 1024 environments times 1000000 steps needs", rollout, StringComparison.Ordinal);
        Assert.Contains("score fewer steps", rollout, StringComparison.Ordinal);
        Assert.Contains("environments",
            Assert.Throws<SettingsException>(() => new StepBuffer(100_000, Seeing(1024))).Message, StringComparison.Ordinal);
        Assert.Contains("in one step",
            Assert.Throws<SpecMismatchException>(() => new FrameBlock(FrameSpec.Square(1024), 1, 1024)).Message, StringComparison.Ordinal);
        Assert.Contains("stack fewer",
            Assert.Throws<SpecMismatchException>(() => new ImageSpec(1024, 1024, 3000).Length).Message, StringComparison.Ordinal);
    }

    /// <summary>It either fits into the machine or is refused by name; never does a size overflow.</summary>
    [Fact]
    public void The_largest_rollout_that_is_promised_fits_or_is_refused()
    {
        Exception? refused = Record.Exception(() => TrajectoryBatch.RequireRoom(128, 1024, Seeing(128), FrameSpec.Square(128)));
        if (refused is not null) Assert.IsType<SettingsException>(refused);
        else Assert.True(MemoryRoom.Available > 12_884_901_888);
    }

    [Fact]
    public void A_rollout_keeps_the_images_acted_on_the_last_of_each_episode_and_the_next()
    {
        EnvironmentInfo info = Seeing(4);
        int image = 4 * 4 * 3;
        var batch = new TrajectoryBatch(3, 2, info);
        var buffer = new StepBuffer(2, info);
        for (int rollout = 0; rollout < 2; rollout++)
        {
            for (int step = 0; step < 3; step++)
            {
                byte[] acted = Bytes(image, (byte)((100 * rollout) + step), (byte)(50 + step));
                buffer.Kinds[0] = step == 1 ? StepKind.Truncated : StepKind.Mid;
                buffer.Kinds[1] = step == 2 && rollout == 1 ? StepKind.Terminated : StepKind.Mid;
                Bytes(image, 77, 88).CopyTo(buffer.FinalImages, 0);
                Bytes(image, (byte)(10 + rollout), (byte)(20 + rollout)).CopyTo(buffer.Images, 0);
                batch.Record(step, new ObservationRows([], acted), new float[2], new float[2], buffer);
            }

            for (int step = 0; step < 3; step++)
                Assert.Equal(Bytes(image, (byte)((100 * rollout) + step), (byte)(50 + step)), batch.Images!.Step(step).ToArray());
            Assert.Equal(Bytes(image, 77), batch.FinalImage(2).ToArray());
            Assert.Throws<SpecMismatchException>(() => batch.FinalImage(0).Length);
            Assert.Equal(Bytes(image, (byte)(10 + rollout), (byte)(20 + rollout)), batch.NextImages);
        }

        Assert.Equal(Bytes(image, 88), batch.FinalImage(5).ToArray());
    }

    [Fact]
    public void A_rollout_without_images_takes_the_numbers_alone()
    {
        EnvironmentInfo info = Seeing(4);
        var batch = new TrajectoryBatch(1, 2, info.WithoutImage());
        var buffer = new StepBuffer(2, info);
        buffer.Kinds[0] = StepKind.Truncated;
        batch.Record(0, new ObservationRows([], buffer.Images), new float[2], new float[2], buffer);
        Assert.Null(batch.Images);
        Assert.Empty(batch.NextImages);
        Assert.True(batch.FinalImage(0).IsEmpty);
    }

    private static byte[] Bytes(int each, params byte[] values) => [.. values.SelectMany(value => Enumerable.Repeat(value, each))];

    private static EnvironmentInfo Seeing(int side) => new()
    {
        Name = "seeing",
        Summary = "Sees.",
        Observations = new ObservationSpec { Image = new ImageSpec(side, side, 3) },
        Actions = ActionSpec.Continuous(new FieldSpec("push", 1, -1, 1)),
        State = new StateSpec(new FieldSpec("x")),
        EpisodeSteps = 10,
        ControlTimestep = 0.1,
        Baseline = "a thing",
        DefaultGoal = "a thing",
        Measures = [],
        Facts = [],
    };
}
