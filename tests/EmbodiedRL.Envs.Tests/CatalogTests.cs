using System.Reflection;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Tests;

public sealed class CatalogTests
{
    [Fact]
    public void A_wrong_name_offers_the_nearest()
    {
        Assert.Contains("'cartpole'",
            Assert.Throws<UnknownNameException>(() => EnvironmentCatalog.Create("cartpol", 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_environment_is_called_what_the_catalog_calls_it_and_has_a_contract()
    {
        Type[] contracts = [.. Assembly.GetExecutingAssembly().GetTypes().Where(type => type.IsSubclassOf(typeof(EnvironmentContract)))];
        foreach (string name in EnvironmentCatalog.Names)
        {
            using IVectorEnvironment environment = EnvironmentCatalog.Create(name, 1, 1);
            Assert.Equal(name, environment.Info.Name);
            string words = string.Concat(name.Where(char.IsLetterOrDigit));
            Assert.Contains(contracts, type => type.Name.Equals($"{words}Contract", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void Every_task_is_in_the_catalog()
    {
        int tasks = typeof(EnvironmentCatalog).Assembly.GetTypes().Count(type => !type.IsAbstract && type.IsAssignableTo(typeof(ITask)));
        Assert.Equal(tasks, EnvironmentCatalog.Names.Count);
    }
}
