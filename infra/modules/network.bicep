metadata description = 'A virtual network: one subnet the app speaks from, one with the private ends of its storage.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('What makes names unique.')
param token string

@description('Address space, at least a /25.')
param addressPrefix string

// Flex Consumption takes this delegation and none of those of other plans; the provider Microsoft.App must be
// registered in the subscription (learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations).
var delegation = 'Microsoft.App/environments'

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: 'vnet-hubwarden-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressPrefix]
    }
    // Within the network and not as resources beside it: redeploying a network without its subnets removes them.
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            {
              name: 'flex'
              properties: {
                serviceName: delegation
              }
            }
          ]
        }
      }
      {
        name: 'private-endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 28, 4)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

output id string = network.id
output appSubnetId string = network.properties.subnets[0].id
output endpointSubnetId string = network.properties.subnets[1].id
