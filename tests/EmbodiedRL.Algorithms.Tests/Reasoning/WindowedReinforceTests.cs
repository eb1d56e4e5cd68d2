using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

[NoTensorLeaks]
public sealed class WindowedReinforceTests
{
    [Fact]
    public void Windows_of_one_step_are_plain_reinforce()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logs = tensor([-1.0, -2, -3, -4, -5, -6], [2, 3]), rewards = tensor([1.0, 0, 2, 3, 9, 9], [2, 3]);
        Tensor baseline = tensor(0.5);
        double found = WindowedReinforce.Loss(logs, rewards, [3, 1], baseline, null, Options(1, 1, 1)).ToDouble();
        // -(0.5 * -1 + -0.5 * -2 + 1.5 * -3 + 2.5 * -4) / 4: the padding of row 1 does not count
        Assert.Equal(14.0 / 4, found, 1e-12);
    }

    [Fact]
    public void Windows_by_hand()
    {
        // Row of 4 steps, windows of 3 every 2: steps 0-2, then the last window ends with the last step: 1-3.
        using DisposeScope scope = NewDisposeScope();
        Tensor logs = tensor([-1.0, -2, -3, -4], [1, 4]), rewards = tensor([3.0, 0, 0, 6], [1, 4]);
        double found = WindowedReinforce.Loss(logs, rewards, [4], zeros(1, ScalarType.Float64), tensor(10.0), Options(3, 2, 0.25))
            .ToDouble();
        // -((1 * -2) + (2 * -3)) / 2 = 4
        Assert.Equal((0.75 * 10) + (0.25 * 4), found, 1e-12);
    }

    [Fact]
    public void Padding_gets_no_gradient_however_wide_the_window()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logs = zeros([1, 5], ScalarType.Float64).requires_grad_(true);
        Tensor rewards = ones([1, 5], ScalarType.Float64), baseline = zeros(1, ScalarType.Float64);
        WindowedReinforce.Loss(logs, rewards, [2], baseline, null, Options(4, 1, 1)).backward();
        Assert.Equal([-0.5, -0.5, 0, 0, 0], logs.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Rewards_of_steps_add_up_to_one_less_the_error_rate()
    {
        // Reference 1 2 3: "1" saves one of three edits, "9" (for 2) neither saves nor costs... the distance stays 2 - 1, "3" saves one.
        Assert.Equal([1 / 3.0, 1 / 3.0], WindowedReinforce.StepRewards([1, 2], [1, 2, 3]));
        double[] wrong = WindowedReinforce.StepRewards([1, 9, 3, 3], [1, 2, 3]);
        Assert.Equal(1 - (2 / 3.0), wrong.Sum(), 1e-12); // one substituted, one inserted
        Assert.Equal(-1 / 3.0, wrong[^1], 1e-12);
    }

    private static WindowedReinforceOptions Options(int window, int stride, double lambda) =>
        new() { Window = window, Stride = stride, Lambda = lambda };
}
