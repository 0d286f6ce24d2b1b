metadata description = 'A resource group, in whichever subscription.'

targetScope = 'subscription'

@description('Its name.')
param name string

@description('Region.')
param location string

@description('Its tags.')
param tags object

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: name
  location: location
  tags: tags
}

output name string = group.name
