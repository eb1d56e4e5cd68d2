using EmbodiedRL.Core;
using TorchSharp;

namespace EmbodiedRL.Models.Tests;

public class TorchRuntimeTests
{
    [Fact]
    public void Tensors_work_after_loading()
    {
        TorchRuntime.EnsureLoaded();
        using torch.Tensor sum = torch.ones(3).sum();
        Assert.Equal(3, sum.item<float>());
        Assert.True(File.Exists(TorchRuntime.BridgePath));
        string named = Environment.GetEnvironmentVariable(TorchRuntime.Variable) ?? "";
        if (named.Length > 0) Assert.Equal(named, TorchRuntime.Folder);
        Assert.Contains(TorchRuntime.Version, TorchRuntime.Describe(), StringComparison.Ordinal);
    }

    /// <summary>OpenMP keeps the count for each thread; a thread that has just begun has one of its own.</summary>
    [Fact]
    public void The_count_of_threads_holds_on_every_thread_that_asks_for_it()
    {
        TorchRuntime.EnsureLoaded();
        int before = torch.get_num_threads(), found = 0;
        try
        {
            foreach (int count in new[] { 3, 1 })
            {
                TorchRuntime.SetThreads(count);
                var other = new Thread(() =>
                {
                    TorchRuntime.UseThreads();
                    found = torch.get_num_threads();
                });
                other.Start();
                other.Join();
                Assert.Equal((count, count), (found, torch.get_num_threads()));
            }
        }
        finally
        {
            TorchRuntime.SetThreads(before);
        }
    }

    [Fact]
    public void The_processor_is_always_there()
    {
        Assert.Equal(DeviceType.CPU, TorchRuntime.ParseDevice("cpu").type);
        Assert.Equal(torch.cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU, TorchRuntime.ParseDevice("auto").type);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:99")]
    [InlineData("")]
    public void A_device_that_is_not_there_is_one_clear_error(string name)
    {
        string message = Assert.Throws<SettingsException>(() => TorchRuntime.ParseDevice(name)).Message;
        Assert.Contains("device", message, StringComparison.Ordinal);
        Assert.Contains("auto", message, StringComparison.Ordinal);
    }
}
