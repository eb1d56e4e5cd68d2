using System.Net;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.Models.Tests.Hub;

public sealed class HubSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/home/a/.cache/huggingface/hub", "")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    [InlineData("/y/hub", "XDG_CACHE_HOME=/x;HF_HOME=/y")]
    [InlineData("/z", "XDG_CACHE_HOME=/x;HF_HOME=/y;HF_HUB_CACHE=/z")]
    [InlineData("/z", "HUGGINGFACE_HUB_CACHE=/z")]
    [InlineData("/home/a/q/hub", "HF_HOME=~/q")]
    public void The_cache_is_where_pythons_tools_look_for_it(string expected, string variables) =>
        Assert.Equal(expected, Of("HOME=/home/a;" + variables).Cache);

    [Fact]
    public void The_token_is_of_the_variable_or_the_file()
    {
        Assert.Null(Of($"HF_HOME={_folder.Path}").Token);
        File.WriteAllText(_folder["token"], "hf_file\n");
        Assert.Equal("hf_file", Of($"HF_HOME={_folder.Path}").Token);
        Assert.Equal("hf_variable", Of($"HF_HOME={_folder.Path};HF_TOKEN=hf_variable ").Token);
        File.WriteAllText(_folder["other"], "hf_other");
        Assert.Equal("hf_other", Of($"HF_HOME={_folder.Path};HF_TOKEN_PATH={_folder["other"]}").Token);
        Assert.DoesNotContain("hf_file", Of($"HF_HOME={_folder.Path}").ToString(), StringComparison.Ordinal);

        SettingsException error = Assert.Throws<SettingsException>(() => Of("HOME=/h;HF_TOKEN=hf_one\r\nX-Evil: two"));
        Assert.DoesNotContain("Evil", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("YES", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Offline_is_said_as_python_says_it(string value, bool offline) =>
        Assert.Equal(offline, Of($"HF_HUB_OFFLINE={value}").Offline);

    [Fact]
    public void The_endpoint_ends_in_a_slash_whatever_is_said()
    {
        Assert.Equal("https://huggingface.co/", Of("").Endpoint.ToString());
        Assert.Equal("https://mirror.test/hub/", Of("HF_ENDPOINT=https://mirror.test/hub//").Endpoint.ToString());
        foreach (string wrong in new[] { "mirror.test", "ftp://mirror.test", "https://user:pass@mirror.test" })
            Assert.Contains("HF_ENDPOINT", Assert.Throws<SettingsException>(() => Of($"HF_ENDPOINT={wrong}")).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_file_is_in_the_checkout_or_where_it_is_said_or_among_the_users_settings()
    {
        Assert.Equal("/checkout/models.lock.json", HubSettings.Of(_ => null, "/checkout").LockFile);
        Assert.Equal("/else/l.json", HubSettings.Of(name => name == "EMBODIED_MODELS_LOCK" ? "/else/l.json" : null, "/checkout").LockFile);
        Assert.Equal("/home/a/.config/embodiedrl/models.lock.json", Of("HOME=/home/a").LockFile);
        Assert.Equal("/m", Of("EMBODIED_MODELS=/m").Models);
    }

    [Theory]
    [InlineData("", "https://hub.test", null)]
    [InlineData("https_proxy=proxy:3128", "https://hub.test", "http://proxy:3128/")]
    [InlineData("https_proxy=proxy:3128", "http://hub.test", null)]
    [InlineData("HTTPS_PROXY=http://upper:1;https_proxy=http://lower:2", "https://hub.test", "http://lower:2/")]
    [InlineData("ALL_PROXY=socks5://all:1080", "https://hub.test", "socks5://all:1080/")]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=a.test, hub.test", "https://hub.test", null)]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=.test", "https://hub.test", null)]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=*.test", "https://hub.test", null)]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=*", "https://hub.test", null)]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=test,b.hub.test", "https://hub.test", "http://p:1/")]
    public void The_proxy_is_that_of_the_variables(string variables, string address, string? proxy) =>
        Assert.Equal(proxy, Of(variables).Proxy?.GetProxy(new Uri(address))?.ToString());

    [Fact]
    public void User_and_password_of_the_proxy_stand_in_its_address()
    {
        var said = (NetworkCredential)Of("https_proxy=http://me:p%40ss@proxy:1").Proxy!.Credentials!;
        Assert.Equal(("me", "p@ss"), (said.UserName, said.Password));
    }

    private static HubSettings Of(string variables)
    {
        var values = variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return HubSettings.Of(values.GetValueOrDefault);
    }
}
