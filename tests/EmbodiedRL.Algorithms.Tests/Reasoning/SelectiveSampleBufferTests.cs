using System.Text.Json;
using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

public sealed class SelectiveSampleBufferTests
{
    private static JsonElement Expected =>
        Fixtures.ReadJson("learning/reward_transforms.json").GetProperty("expected").GetProperty("S62 selective buffer");

    [Fact, Trait("Category", "Parity")]
    public void Chances_agree_with_a_second_implementation()
    {
        float[] advantages = [.. Expected.GetProperty("advantages").Numbers().Select(value => (float)value)];
        double[] expected = Expected.GetProperty("probability").Numbers(), found = SelectiveSampleBuffer.Probabilities(advantages);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-6);
        var buffer = new SelectiveSampleBuffer(new SelectiveSampleBufferOptions(), 1);
        buffer.Add(advantages.Select(advantage => Sample(advantage)));
        Assert.Equal(Expected.GetProperty("kept").Deserialize<bool[]>()!.Count(kept => kept), buffer.Count);
    }

    [Fact]
    public void Samples_without_an_advantage_give_no_chances_and_no_nan() =>
        Assert.All(SelectiveSampleBuffer.Probabilities([0, 0]), chance => Assert.Equal(0, chance));

    [Fact]
    public void Draws_follow_the_size_of_advantages()
    {
        int large = 0;
        for (ulong seed = 0; seed < 2000; seed++)
        {
            var buffer = new SelectiveSampleBuffer(new SelectiveSampleBufferOptions { Share = 1 }, seed);
            buffer.Add([Sample(-3), Sample(1)]);
            if (buffer.Draw(1, 0)[0].Advantage == -3) large++;
        }

        Assert.InRange(large / 2000.0, 0.71, 0.79); // 3 / (3 + 1), 4 deviations of 0.0097
    }

    [Fact]
    public void Nothing_is_drawn_twice_and_nothing_that_is_old()
    {
        var buffer = new SelectiveSampleBuffer(new SelectiveSampleBufferOptions { Share = 0.5, Age = 3, Capacity = 3 }, 1);
        buffer.Add([Sample(1, 0), Sample(2, 5), Sample(3, 6), Sample(4, 7)]);
        Assert.Equal(3, buffer.Count); // the oldest went
        Assert.Equal([3, 4], buffer.Draw(8, 9).Select(sample => sample.Advantage).Order()); // of age 3 and 2; 4 is too old
        Assert.Empty(buffer.Draw(0, 9));
    }

    [Fact]
    public void Draws_go_on_after_a_snapshot_with_the_log_probabilities_of_then()
    {
        SelectiveSampleBuffer New() => new(new SelectiveSampleBufferOptions { Share = 1 }, 4);
        SelectiveSampleBuffer first = New(), second = New();
        first.Add(Enumerable.Range(1, 9).Select(advantage => Sample(advantage)));
        first.Draw(2, 0);
        var snapshot = new Snapshot();
        first.Save(snapshot);
        second.Load(snapshot);
        IReadOnlyList<CompletionSample> expected = first.Draw(5, 0), found = second.Draw(5, 0);
        Assert.Equal(expected.Select(sample => sample.Advantage), found.Select(sample => sample.Advantage));
        Assert.Equal([-0.5f, -1], found[0].LogProbabilities);
        Assert.Equal(new byte[] { 1, 2, 3 }, found[0].Question.Images[0].Rgb);
        Assert.True(double.IsNaN(found[0].Question.Difficulty));
    }

    private static CompletionSample Sample(float advantage, long update = 0) => new(
        new Question("2 + 2?", "4", AnswerForm.Number) { Images = [new RgbImage([1, 2, 3], 1, 1)] }, [7, 8], [-0.5f, -1], advantage,
        update);
}
