using EmbodiedRL.Simulation.Tasks;
namespace EmbodiedRL.Simulation.Tests;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(100, 4)]
    public void Every_item_is_done_once_in_every_call(int items, int threads)
    {
        int[] done = new int[items];
        using var pool = new WorkerPool(items, threads, item => Interlocked.Increment(ref done[item]));
        Assert.Equal(Math.Min(items, threads), pool.Count);
        for (int call = 0; call < 2000; call++) pool.Run();
        Assert.All(done, count => Assert.Equal(2000, count));
    }

    [Fact]
    public async Task Threads_that_fell_asleep_are_all_woken()
    {
        int done = 0;
        using var pool = new WorkerPool(64, 4, _ => Interlocked.Increment(ref done));
        for (int call = 1; call <= 30; call++)
        {
            await Task.Delay(call % 3 == 0 ? 20 : 0, TestContext.Current.CancellationToken);
            pool.Run();
            Assert.Equal(64 * call, done);
        }
    }

    [Fact]
    public void What_an_item_throws_reaches_the_caller_and_the_pool_goes_on()
    {
        bool fails = true;
        using var pool = new WorkerPool(16, 3, item =>
        {
            if (fails && item == 9) throw new InvalidOperationException("item 9");
        });
        Assert.Equal("item 9", Assert.Throws<InvalidOperationException>(pool.Run).Message);
        fails = false;
        pool.Run();
    }
}
