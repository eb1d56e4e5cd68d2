using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>That injected errors are exactly one, false, and where they are said to be.</summary>
public sealed class SceneErrorsTests
{
    [Fact]
    public void One_word_of_a_damaged_caption_is_wrong()
    {
        using var questions = new SceneQuestions(new SceneQuestionSettings { Kinds = ["caption"] }, RunServices.Shipped);
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 200; i++)
        {
            ShapeScene scene = questions.PosedAt(i).Scene!;
            var rng = Rng.For(1, "errors", i);
            CaptionError error = SceneErrors.Inject(scene.Things, scene.LeftToRight, ref rng);
            string[] before = Words(error.True), after = Words(error.Text);
            int wrong = Assert.Single(Enumerable.Range(0, before.Length), word => before[word] != after[word]);
            Assert.Equal((wrong, error.Right, error.Wrong), (error.Word, before[wrong], after[wrong]));
            Assert.DoesNotContain($"a {string.Join(' ', after.Skip(wrong - (wrong % 4) + 1).Take(3))}",
                scene.Things.Select(thing => $"a {thing.FullName}"));
            kinds.Add(error.Kind);
        }

        Assert.Equal(3, kinds.Count);

        static string[] Words(string caption) => caption.Replace(",", "").Split(' ');
    }

    [Theory]
    [InlineData(FrameDamage.None)]
    [InlineData(FrameDamage.Noise)]
    [InlineData(FrameDamage.Patch)]
    [InlineData(FrameDamage.Shift)]
    public void A_frame_is_damaged_in_the_region_that_is_told(FrameDamage damage)
    {
        const int size = 64;
        byte[] frame = [.. Enumerable.Range(0, size * size * 3).Select(i => (byte)(i * 7))], before = [.. frame];
        var rng = Rng.For(1, "damage");
        PixelBox region = SceneErrors.Damage(damage, frame, size, ref rng);
        (int X, int Y)[] changed =
            [.. Enumerable.Range(0, frame.Length).Where(i => frame[i] != before[i]).Select(i => (i / 3 % size, i / 3 / size))];
        Assert.Equal(damage == FrameDamage.None, changed.Length == 0);
        Assert.All(changed, at => Assert.True(at.X >= region.Left && at.X < region.Right && at.Y >= region.Top && at.Y < region.Bottom));
        if (damage == FrameDamage.Patch)
            Assert.True(changed.Distinct().Count() > 0.9 * (region.Right - region.Left) * (region.Bottom - region.Top));
    }

    [Fact]
    public void Damaged_shares_are_kept_and_told()
    {
        using var questions = new SceneQuestions(new SceneQuestionSettings { Kinds = ["color"], DamagedShare = 0.5 }, RunServices.Shipped);
        using var whole = new SceneQuestions(new SceneQuestionSettings { Kinds = ["color"] }, RunServices.Shipped);
        int damaged = 0;
        for (int i = 0; i < 256; i++)
        {
            bool differs = !questions.At(i).Images[0].Rgb.AsSpan().SequenceEqual(whole.At(i).Images[0].Rgb);
            Assert.Equal(questions.PosedAt(i).Damage != FrameDamage.None, differs);
            if (differs) damaged++;
        }

        Assert.InRange(damaged, 100, 156);
    }

    [Fact]
    public void Wrong_counts_and_swapped_relations_are_wrong()
    {
        var rng = Rng.For(1, "counts");
        for (int right = 0; right <= 5; right++)
            for (int i = 0; i < 20; i++)
            {
                int wrong = SceneErrors.WrongCount(right, ref rng);
                Assert.NotEqual(right, wrong);
                Assert.InRange(wrong, 0, 5);
            }
        Assert.Equal("in front of", SceneErrors.Swapped("behind"));
        Assert.Equal("left of", SceneErrors.Swapped(SceneErrors.Swapped("left of")));
        Assert.Throws<UnknownNameException>(() => SceneErrors.Swapped("above"));
    }
}
