metadata description = 'The private end of one service, and the zone in which its name leads there.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the endpoint.')
param name string

@description('What it leads to.')
param targetId string

@description('Which part of it, as Azure calls it.')
@allowed(['blob', 'queue', 'table', 'sites'])
param part string

@description('The zone of such names, privatelink and so on.')
param zoneName string

@description('The virtual network that shall see it.')
param networkId string

@description('The subnet it lies in.')
param subnetId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: zoneName
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: 'hubwarden'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: networkId
    }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: part
        properties: {
          privateLinkServiceId: targetId
          groupIds: [part]
        }
      }
    ]
  }
}

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: part
        properties: {
          privateDnsZoneId: zone.id
        }
      }
    ]
  }
}
