using EmbodiedRL.Models.Losses;

namespace EmbodiedRL.Models.Tests.Losses;

public sealed class WhiteningTests
{
    [Fact]
    public void Whitening_uses_the_sample_deviation()
    {
        float[] values = [1, 2, 3];                              // mean 2, sample variance (1 + 0 + 1) / 2 = 1
        Whitening.Apply(values);
        Assert.Equal([-1f, 0f, 1f], values);
    }

    [Fact]
    public void Whitening_leaves_equal_values_at_zero_and_a_single_one_alone()
    {
        float[] equal = [4, 4, 4], single = [4];
        Whitening.Apply(equal);
        Whitening.Apply(single);
        Assert.Equal([0f, 0f, 0f], equal);
        Assert.Equal([4f], single);
    }
}
